// Anthropic's package over each provider.

import Anthropic from "@anthropic-ai/sdk";

import * as matrix from "./matrix.mjs";
import { ECHO, HUGE, NotOffered, PERSON, PNG, STOPS, SYSTEM, TOOL_NAMES, all, arrived, check, equal, fails } from "./matrix.mjs";

const TOOLS = matrix.TOOLS.map(([name, description, input_schema]) => ({ name, description, input_schema }));

const user = (content) => ({ role: "user", content });

function prepare(c) {
  c.client = new Anthropic({ baseURL: c.url, apiKey: c.key, maxRetries: 0 });
  c.frailClient = new Anthropic({ baseURL: c.url, apiKey: c.frailKey, maxRetries: 0 });
  const asked = (text, more) => ({ model: c.model, max_tokens: 2_000, messages: [user(text)], ...more });
  c.ask = (text, more = {}) => c.client.messages.create(asked(text, more));
  c.streamed = (text, more = {}) => c.client.messages.stream(asked(text, more)).finalMessage();
  c.tell = (usage) => {
    const read = usage.cache_read_input_tokens ?? 0;
    const prompt = usage.input_tokens + read + (usage.cache_creation_input_tokens ?? 0);
    c.used(prompt, read, usage.output_tokens, usage.output_tokens_details?.thinking_tokens);
  };
}

// The text of an answer that ended well.
function textOf(c, answer) {
  equal(answer.stop_reason, "end_turn");
  c.tell(answer.usage);
  return answer.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

async function create(c) {
  const answer = await c.ask(`Hi ${ECHO}`, { system: SYSTEM, temperature: 0.5, max_tokens: 900, stop_sequences: STOPS });
  arrived(textOf(c, answer), {
    model: c.model,
    system: SYSTEM,
    messages: [{ role: "user", text: `Hi ${ECHO}`, images: 0, files: 0 }],
    sampling: { temperature: 0.5 },
    max_tokens: 900,
    stop: STOPS,
    n: 1,
    tools: [],
    effort: null,
    format: "text",
    stream: false,
  });
  equal([answer.type, answer.role, answer.model], ["message", "assistant", c.model]);
  equal(answer.content.map((block) => block.type), ["text"]);
  check(answer.id && answer._request_id.startsWith("gen_"), answer);
}

async function conversation(c) {
  const cached = { cache_control: { type: "ephemeral" } };
  const system = [{ type: "text", text: SYSTEM }, { type: "text", text: "Be kind.", ...cached }];
  const messages = [
    user([{ type: "text", text: "One" }, { type: "text", text: "and two", ...cached }]),
    { role: "assistant", content: [{ type: "text", text: "Three" }] },
    user(`Four ünd 🚀 ${ECHO}`),
  ];
  const echo = arrived(textOf(c, await c.ask("", { messages, system })), { images: 0 });
  check(echo.system.includes(SYSTEM) && echo.system.includes("Be kind."), echo.system);
  equal(echo.messages.map((said) => said.role), ["user", "assistant", "user"]);
  const [first, ...texts] = echo.messages.map((said) => said.text);
  check(first.includes("One") && first.includes("and two"), first);
  equal(texts, ["Three", `Four ünd 🚀 ${ECHO}`]);
}

async function choices() {
  throw new NotOffered();
}

async function whatCannotBeSaid(c) {
  if (c.dialect !== "openai") {
    arrived(textOf(c, await c.ask(ECHO, { top_k: 40 })), { sampling: { top_k: 40 } });
    return;
  }
  const error = await fails(Anthropic.BadRequestError, () => c.ask("Hi", { top_k: 40 }));
  check(error.error.error.message.includes("top_k"), error.error);
}

async function stream(c) {
  const whole = textOf(c, await c.ask("Hello you"));
  const events = await all(await c.ask("Hello you", { stream: true }));
  const kinds = events.map((event) => event.type).filter((kind) => kind !== "ping");
  const deltas = kinds.filter((kind) => kind === "content_block_delta");
  check(deltas.length > 2, kinds);
  equal(kinds, ["message_start", "content_block_start", ...deltas, "content_block_stop", "message_delta", "message_stop"]);
  equal(events.map((event) => (event.type === "content_block_delta" ? event.delta.text : "")).join(""), whole);
  equal(textOf(c, await c.streamed("Hello you")), whole);
}

async function ends(c) {
  const answer = await c.ask("Hi [[sim: length=5]]");
  equal(answer.stop_reason, "max_tokens");
  c.tell(answer.usage);
  const stopped = await c.streamed("Hi [[sim: stop]]", { stop_sequences: ["END"] });
  // Which text was hit is told by Anthropic alone.
  const known = c.dialect === "anthropic" ? ["stop_sequence", "END"] : ["end_turn", null];
  equal([stopped.stop_reason, stopped.stop_sequence], known);
  equal((await c.streamed("Hi", { max_tokens: 6 })).stop_reason, "max_tokens");
}

async function refusal(c) {
  const answers = [await c.ask("Hi [[sim: refusal]]"), await c.streamed("Hi [[sim: refusal]]")];
  equal(answers.map((answer) => answer.stop_reason), ["refusal", "refusal"]);
}

async function citations(c) {
  for (const answer of [await c.ask("Hi [[sim: citations]]"), await c.streamed("Hi [[sim: citations]]")]) {
    const [cited, ...others] = answer.content.flatMap((block) => block.citations ?? []);
    equal([cited.type, others], ["web_search_result_location", []]);
    check(cited.url && cited.title && textOf(c, answer), cited);
  }
}

async function tools(c) {
  const [whole, streamed] = [await c.ask("Tell me both", { tools: TOOLS }), await c.streamed("Tell me both", { tools: TOOLS })];
  for (const answer of [whole, streamed]) {
    c.tell(answer.usage);
    equal(answer.stop_reason, "tool_use");
    equal(answer.content.map((block) => block.type), ["tool_use", "tool_use"]);
    equal(answer.content.map((block) => block.name), TOOL_NAMES);
    const [weather, zone] = answer.content.map((block) => block.input);
    equal([typeof weather.city, Number.isInteger(weather.days), typeof zone.zone], ["string", true, "string"]);
    const ids = answer.content.map((block) => block.id);
    check(new Set(ids).size === 2 && ids.every((id) => /^[a-zA-Z0-9_-]+$/.test(id)), ids);
  }
  equal(streamed.content.map((block) => block.input), whole.content.map((block) => block.input));
}

// What the tools say, in another order than they were called in.
function toolTurn(message, texts) {
  const calls = message.content.filter((block) => block.type === "tool_use");
  const results = calls.map((call, i) => ({ type: "tool_result", tool_use_id: call.id, content: texts[i] }));
  return [{ role: "assistant", content: message.content }, user(results.reverse())];
}

async function toolResults(c) {
  const messages = [user("Tell me both")];
  messages.push(...toolTurn(await c.ask("", { messages, tools: TOOLS }), ["rain", `noon ${ECHO}`]));
  const answer = await c.ask("", { messages, tools: TOOLS });
  const echo = arrived(textOf(c, answer), { tool_results: 2, tools: TOOL_NAMES });
  const results = echo.messages.filter((said) => said.role === "tool").map((said) => said.text);
  check(results.some((text) => text.includes("rain")) && results.some((text) => text.includes("noon")), results);
  messages.push({ role: "assistant", content: "Noon, and rain." }, user("And both of tomorrow"));
  equal((await c.ask("", { messages, tools: TOOLS })).content.length, 2);
}

async function toolChoice(c) {
  const arrives = async (more) => arrived(textOf(c, await c.ask(ECHO, { tools: TOOLS, ...more }))).tool_choice;
  equal(await arrives({}), "auto");
  equal(await arrives({ tool_choice: { type: "any" } }), "required");
  equal(await arrives({ tool_choice: { type: "none" } }), "none");
  equal(await arrives({ tool_choice: { type: "tool", name: "get_time" } }), { name: "get_time" });
}

async function oneToolAtATime(c) {
  const more = { tools: TOOLS, tool_choice: { type: "auto", disable_parallel_tool_use: true } };
  if (c.dialect === "gemini") {
    const error = await fails(Anthropic.BadRequestError, () => c.ask("both", more));
    check(error.error.error.message.includes("disable_parallel_tool_use"), error.error);
    return;
  }
  arrived(textOf(c, await c.ask(ECHO, more)), { parallel: false });
  equal((await c.ask("both", more)).content.length, 1);
}

async function structured(c) {
  const more = { output_config: { format: { type: "json_schema", schema: PERSON } } };
  const person = JSON.parse(textOf(c, await c.ask("Who", more)));
  equal([typeof person.name, Number.isInteger(person.age)], ["string", true]);
  equal(JSON.parse(textOf(c, await c.streamed("Who", more))), person);
  arrived(textOf(c, await c.ask(ECHO, more)), { format: "schema", schema_keys: ["age", "name"] });
}

async function jsonObject() {
  throw new NotOffered();
}

async function thinking(c) {
  const effort = { thinking: { type: "adaptive" }, output_config: { effort: "low" } };
  const budget = { thinking: { type: "enabled", budget_tokens: 1_024 } };
  arrived(textOf(c, await c.ask(ECHO, effort)), { effort: "low" });
  for (const more of [effort, budget]) {
    const [whole, streamed] = [await c.ask("Hi", more), await c.streamed("Hi", more)];
    equal(textOf(c, streamed), textOf(c, whole));
    for (const answer of [whole, streamed]) {
      equal(answer.content.map((block) => block.type), ["thinking", "text"]);
      equal([answer.content[0].thinking !== "", typeof answer.content[0].signature], [true, "string"]);
    }
    equal(streamed.content[0].thinking, whole.content[0].thinking);
  }
}

// What was thought goes back with the turn, whoever has thought it.
async function thinkingWithTools(c) {
  for (const streamed of [false, true]) {
    const more = { tools: TOOLS, thinking: { type: "enabled", budget_tokens: 1_024 } };
    const messages = [user("Tell me both")];
    const answer = () => (streamed ? c.streamed("", { messages, ...more }) : c.ask("", { messages, ...more }));
    const first = await answer();
    equal([first.content[0].type, first.stop_reason], ["thinking", "tool_use"]);
    messages.push(...toolTurn(first, ["fine", "fine"]));
    equal((await answer()).stop_reason, "end_turn");
    messages.at(-1).content[0].content = ECHO;
    const echo = arrived(textOf(c, await c.ask("", { messages, ...more })), { tool_results: 2 });
    equal(echo.messages.length, 4);
  }
}

async function vision(c) {
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } };
  const ask = (text) => c.ask([{ type: "text", text }, image]);
  arrived(textOf(c, await ask(`What is it ${ECHO}`)), { images: 1, files: 0 });
  const text = textOf(c, await ask("What is it"));
  check(text.startsWith("I see 1 images."), text);
}

async function errors(c) {
  const failing = async (kind, sim, status, word) => {
    const error = await fails(kind, () => c.ask(`Hi [[sim: ${sim}]]`));
    equal([error.status, error.error.type, error.error.error.type], [status, "error", word]);
    check(error.requestID.startsWith("gen_"), error.requestID);
    // Where Anthropic itself has failed, these are its own words, with the name by which it knows the call.
    const own = c.dialect === "anthropic" && error.error.request_id.startsWith("req_");
    check(own || error.error.request_id === error.requestID, error.error);
    const streamed = await fails(kind, () => c.ask(`Hi [[sim: ${sim}]]`, { stream: true }));
    equal(streamed.error.error, error.error.error);
    return error;
  };
  const bad = await failing(Anthropic.BadRequestError, "status=400;message=That is bad", 400, "invalid_request_error");
  check(bad.message.includes("That is bad"), bad.message);
  const limited = await failing(Anthropic.RateLimitError, "status=429;retry_after=7", 429, "rate_limit_error");
  equal(limited.headers.get("retry-after"), "7");
  await failing(Anthropic.InternalServerError, "status=500", 500, "api_error");
  await failing(Anthropic.OverloadedError, "status=529", 529, "overloaded_error");
  await failing(Anthropic.ContentTooLargeError, "status=413", 413, "request_too_large");
}

async function errorsOfTheGateway(c) {
  const told = (error) => [error.status, error.error.error.type];
  const wrong = new Anthropic({ baseURL: c.url, apiKey: "sk-wrong", maxRetries: 0 });
  const ask = { model: c.model, max_tokens: 9, messages: [user("Hi")] };
  const unknown = await fails(Anthropic.AuthenticationError, () => wrong.messages.create(ask));
  equal(told(unknown), [401, "authentication_error"]);
  const none = await fails(Anthropic.NotFoundError, () => c.ask("Hi", { model: "no-such-model" }));
  equal(told(none), [404, "not_found_error"]);
  equal(told(await fails(Anthropic.ContentTooLargeError, () => c.ask(HUGE))), [413, "request_too_large"]);
  const bad = await fails(Anthropic.BadRequestError, () => c.ask("Hi", { messages: "Hi" }));
  check(bad.error.error.message.includes("messages"), bad.error);
}

// The gateway tries again by itself where it is told to, and the package does not do it once more.
async function noRetriesBesideTheGateways(c) {
  let count = 0;
  const counting = (...args) => (count++, fetch(...args));
  const client = new Anthropic({ baseURL: c.retryingUrl, apiKey: c.key, maxRetries: 2, fetch: counting });
  const ask = { model: c.model, max_tokens: 9, messages: [user("Hi [[sim: status=500]]")] };
  await fails(Anthropic.InternalServerError, () => client.messages.create(ask));
  equal(count, 1);
}

async function errorsWithinAStream(c) {
  for (const sim of ["error=4", "cut=6"]) {
    const ask = { model: c.frail, max_tokens: 9_000, messages: [user(`Hi [[sim: ${sim}]]`)], stream: true };
    let [text, failed] = ["", null];
    try {
      for await (const event of await c.frailClient.messages.create(ask)) {
        check(!["message_delta", "message_stop"].includes(event.type), "a clean end");
        if (event.type === "content_block_delta") text += event.delta.text;
      }
    } catch (error) {
      failed = error;
    }
    check(failed instanceof Anthropic.APIError && text, [failed?.message, text]);
    equal(failed.error?.type, "error");
  }
}

async function leaving(c) {
  const ask = { model: c.frail, max_tokens: 9_000, messages: [user("Hi")], stream: true };
  let text = "";
  for await (const event of await c.frailClient.messages.create(ask)) {
    if (event.type === "content_block_delta") text += event.delta.text;
    if (text.length > 20) break;
  }
  c.left();
  const events = c.frailClient.messages.stream(ask);
  events.on("text", () => events.abort());
  await fails(Anthropic.APIUserAbortError, () => events.done());
  c.left();
}

async function atOnce(c) {
  const answers = await Promise.all(Array.from({ length: 16 }, () => c.ask("Hello you")));
  equal(new Set(answers.map((answer) => textOf(c, answer))).size, 1);
}

async function countingTokens(c) {
  const messages = [user("How many tokens are these, all in all and one by one")];
  const ask = { model: c.model, messages, system: SYSTEM, tools: TOOLS };
  const { input_tokens: counted } = await c.client.messages.countTokens(ask);
  const { usage } = await c.client.messages.create({ ...ask, max_tokens: 500 });
  c.tell(usage);
  const billed = usage.input_tokens + (usage.cache_read_input_tokens ?? 0);
  // OpenAI's API counts nothing, so the gateway estimates.
  if (c.dialect === "openai") check(billed / 3 < counted && counted < billed * 3, [counted, billed]);
  else equal(counted, billed);
}

async function models(c) {
  // By pages, of which the package asks for one after the other.
  const listed = new Map((await all(c.client.models.list({ limit: 5 }))).map((model) => [model.id, model]));
  check(listed.has(c.model) && listed.has(c.frail) && listed.has("auto"), [...listed.keys()]);
  const one = await c.client.models.retrieve(c.model);
  equal([one.id, one.type], [c.model, "model"]);
  const none = await fails(Anthropic.NotFoundError, () => c.client.models.retrieve("no-such-model"));
  equal(none.error.error.type, "not_found_error");
}

await matrix.run(prepare, [
  create,
  conversation,
  choices,
  whatCannotBeSaid,
  stream,
  ends,
  refusal,
  citations,
  tools,
  toolResults,
  toolChoice,
  oneToolAtATime,
  structured,
  jsonObject,
  thinking,
  thinkingWithTools,
  vision,
  errors,
  errorsOfTheGateway,
  noRetriesBesideTheGateways,
  errorsWithinAStream,
  leaving,
  atOnce,
  countingTokens,
  models,
]);
