// OpenAI's package over each provider.

import OpenAI from "openai";

import * as matrix from "./matrix.mjs";
import { ECHO, HUGE, NotOffered, PERSON, PNG, STOPS, SYSTEM, TOOL_NAMES, all, arrived, check, equal, fails } from "./matrix.mjs";

const TOOLS = matrix.TOOLS.map(([name, description, parameters]) => ({
  type: "function",
  function: { name, description, parameters },
}));

const user = (content) => ({ role: "user", content });

function prepare(c) {
  c.client = new OpenAI({ baseURL: `${c.url}/v1`, apiKey: c.key, maxRetries: 0 });
  c.chat = c.client.chat.completions;
  c.frailClient = new OpenAI({ baseURL: `${c.url}/v1`, apiKey: c.frailKey, maxRetries: 0 });
  c.ask = (text, more = {}) => c.chat.create({ model: c.model, messages: [user(text)], ...more });
  c.tell = (usage) => {
    const { prompt_tokens: prompt, completion_tokens: completion } = usage;
    equal(usage.total_tokens, prompt + completion);
    const cached = usage.prompt_tokens_details?.cached_tokens ?? 0;
    c.used(prompt, cached, completion, usage.completion_tokens_details?.reasoning_tokens);
  };
}

// The text of an answer that ended well.
function textOf(c, answer) {
  const [choice, ...others] = answer.choices;
  equal([choice.finish_reason, choice.message.role, others], ["stop", "assistant", []]);
  c.tell(answer.usage);
  return choice.message.content;
}

async function create(c) {
  const messages = [{ role: "system", content: SYSTEM }, user(`Hi ${ECHO}`)];
  const answer = await c.ask("", { messages, temperature: 0.5, max_completion_tokens: 900, stop: STOPS });
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
  equal([answer.object, answer.model], ["chat.completion", c.model]);
  check(answer.id && answer._request_id.startsWith("gen_"), answer);
}

async function conversation(c) {
  const messages = [
    { role: "developer", content: SYSTEM },
    user([{ type: "text", text: "One" }, { type: "text", text: "and two" }]),
    { role: "assistant", content: "Three" },
    user(`Four ünd 🚀 ${ECHO}`),
  ];
  const echo = arrived(textOf(c, await c.ask("", { messages })), { system: SYSTEM, images: 0 });
  equal(echo.messages.map((said) => said.role), ["user", "assistant", "user"]);
  const [first, ...texts] = echo.messages.map((said) => said.text);
  check(first.includes("One") && first.includes("and two"), first);
  equal(texts, ["Three", `Four ünd 🚀 ${ECHO}`]);
}

async function choices(c) {
  if (c.dialect === "anthropic") {
    equal((await fails(OpenAI.BadRequestError, () => c.ask("Hi", { n: 2 }))).param, "n");
    return;
  }
  const answer = await c.ask("Hi", { n: 2 });
  equal(answer.choices.map((choice) => choice.index), [0, 1]);
  c.tell(answer.usage);
  const texts = ["", ""];
  for await (const chunk of await c.ask("Hi", { n: 2, stream: true })) {
    for (const choice of chunk.choices) texts[choice.index] += choice.delta.content ?? "";
  }
  equal(texts, answer.choices.map((choice) => choice.message.content));
}

async function whatCannotBeSaid(c) {
  const more = { logit_bias: { 50256: -100 } };
  if (c.dialect === "openai") {
    textOf(c, await c.ask("Hi", more));
    return;
  }
  equal((await fails(OpenAI.BadRequestError, () => c.ask("Hi", more))).param, "logit_bias");
}

async function stream(c) {
  const whole = textOf(c, await c.ask("Hello you"));
  for (const asked of [false, true]) {
    const more = asked ? { stream_options: { include_usage: true } } : {};
    const chunks = await all(await c.ask("Hello you", { stream: true, ...more }));
    equal([...new Set(chunks.map((chunk) => chunk.id))].length, 1);
    equal([...new Set(chunks.map((chunk) => chunk.model))], [c.model]);
    if (asked) {
      const last = chunks.pop();
      equal(last.choices, []);
      c.tell(last.usage);
    }
    check(chunks.every((chunk) => !chunk.usage), chunks);
    equal(chunks[0].choices[0].delta.role, "assistant");
    equal(chunks.map((chunk) => chunk.choices[0].delta.content ?? "").join(""), whole);
    check(chunks.length > 4, chunks.length);
    const reasons = chunks.map((chunk) => chunk.choices[0].finish_reason);
    equal(reasons.pop(), "stop");
    check(reasons.every((reason) => reason === null), reasons);
  }
  const events = c.chat.stream({ model: c.model, messages: [user("Hello you")] });
  equal(await events.finalContent(), whole);
}

async function ends(c) {
  const answer = await c.ask("Hi [[sim: length=5]]");
  equal(answer.choices[0].finish_reason, "length");
  c.tell(answer.usage);
  const text = textOf(c, await c.ask("Hi [[sim: stop]]", { stop: ["END"] }));
  check(text && !text.includes("END"), text);
  const chunks = await all(await c.ask("Hi", { max_completion_tokens: 6, stream: true }));
  equal(chunks.at(-1).choices[0].finish_reason, "length");
}

async function refusal(c) {
  const [choice] = (await c.ask("Hi [[sim: refusal]]")).choices;
  check(choice.message.refusal || choice.finish_reason === "content_filter", choice);
  const chunks = await all(await c.ask("Hi [[sim: refusal]]", { stream: true }));
  equal(chunks.map((chunk) => chunk.choices[0].delta.refusal ?? "").join(""), choice.message.refusal ?? "");
  equal(chunks.at(-1).choices[0].finish_reason, choice.finish_reason);
}

async function citations(c) {
  const whole = await c.ask("Hi [[sim: citations]]");
  const text = textOf(c, whole);
  const [{ type, url_citation: place }, ...others] = whole.choices[0].message.annotations;
  equal([type, others], ["url_citation", []]);
  check(place.url && place.title && text.slice(place.start_index, place.end_index).trim(), place);
}

async function tools(c) {
  const ask = { model: c.model, messages: [user("Tell me both")], tools: TOOLS };
  const whole = await c.chat.create(ask);
  const streamed = await c.chat.stream({ ...ask, stream_options: { include_usage: true } }).finalChatCompletion();
  for (const answer of [whole, streamed]) {
    c.tell(answer.usage);
    const [choice] = answer.choices;
    equal(choice.finish_reason, "tool_calls");
    const calls = choice.message.tool_calls;
    equal(calls.map((call) => call.function.name), TOOL_NAMES);
    const [weather, zone] = calls.map((call) => JSON.parse(call.function.arguments));
    equal([typeof weather.city, Number.isInteger(weather.days), typeof zone.zone], ["string", true, "string"]);
    check(new Set(calls.map((call) => call.id)).size === 2, calls);
  }
  const args = (answer) => answer.choices[0].message.tool_calls.map((call) => call.function.arguments);
  equal(args(streamed), args(whole));
}

function toolTurn(message, texts) {
  const calls = message.tool_calls.map(({ id, function: { name, arguments: args } }) => ({
    id,
    type: "function",
    function: { name, arguments: args },
  }));
  const results = calls.map((call, i) => ({ role: "tool", tool_call_id: call.id, content: texts[i] }));
  return [{ role: "assistant", content: message.content, tool_calls: calls }, ...results.reverse()];
}

async function toolResults(c) {
  const messages = [user("Tell me both")];
  const first = (await c.ask("", { messages, tools: TOOLS })).choices[0].message;
  messages.push(...toolTurn(first, ["rain", `noon ${ECHO}`]));
  const answer = await c.ask("", { messages, tools: TOOLS });
  const echo = arrived(textOf(c, answer), { tool_results: 2, tools: TOOL_NAMES });
  const results = echo.messages.filter((said) => said.role === "tool").map((said) => said.text);
  check(results.some((text) => text.includes("rain")) && results.some((text) => text.includes("noon")), results);
  messages.push({ role: "assistant", content: "Noon, and rain." }, user("And both of tomorrow"));
  equal((await c.ask("", { messages, tools: TOOLS })).choices[0].message.tool_calls.length, 2);

  // The package calls functions by itself, and asks again with what they said.
  const asked = [];
  const weather = { ...TOOLS[0].function, parse: JSON.parse, function: (args) => asked.push(args) && `rain ${ECHO}` };
  const runner = c.chat.runTools({ model: c.model, messages: [user("The weather")], tools: [{ type: "function", function: weather }] });
  arrived(await runner.finalContent(), { tool_results: 1, tools: ["get_weather"] });
  equal(asked.length, 1);
}

async function toolChoice(c) {
  const arrives = async (more) => arrived(textOf(c, await c.ask(ECHO, { tools: TOOLS, ...more }))).tool_choice;
  const named = { type: "function", function: { name: "get_time" } };
  equal(await arrives({}), "auto");
  equal(await arrives({ tool_choice: "required" }), "required");
  equal(await arrives({ tool_choice: "none" }), "none");
  equal(await arrives({ tool_choice: named }), { name: "get_time" });
}

async function oneToolAtATime(c) {
  const more = { tools: TOOLS, parallel_tool_calls: false };
  if (c.dialect === "gemini") {
    equal((await fails(OpenAI.BadRequestError, () => c.ask("both", more))).param, "parallel_tool_calls");
    return;
  }
  arrived(textOf(c, await c.ask(ECHO, more)), { parallel: false });
  equal((await c.ask("both", more)).choices[0].message.tool_calls.length, 1);
}

async function structured(c) {
  const response_format = { type: "json_schema", json_schema: { name: "Person", schema: PERSON, strict: true } };
  const parsed = await c.chat.parse({ model: c.model, messages: [user("Who")], response_format });
  const person = JSON.parse(textOf(c, parsed));
  equal([typeof person.name, Number.isInteger(person.age)], ["string", true]);
  const streamed = c.chat.stream({ model: c.model, messages: [user("Who")], response_format });
  equal(JSON.parse(await streamed.finalContent()), person);
  const text = textOf(c, await c.ask(ECHO, { response_format }));
  arrived(text, { format: "schema", schema_name: "Person", schema_keys: ["age", "name"] });
}

async function jsonObject(c) {
  const more = { response_format: { type: "json_object" } };
  if (c.dialect === "anthropic") {
    equal((await fails(OpenAI.BadRequestError, () => c.ask("As JSON", more))).param, "response_format");
    return;
  }
  arrived(textOf(c, await c.ask(`As JSON ${ECHO}`, more)), { format: "json" });
}

async function thinking(c) {
  arrived(textOf(c, await c.ask(ECHO, { reasoning_effort: "low" })), { effort: "low" });
  // Servers of OpenAI's own format that show it always do.
  const shown = c.dialect === "openai" ? {} : { include_reasoning: true };
  const more = { reasoning_effort: "low", ...shown };
  const whole = await c.ask("Hi", more);
  const thoughts = whole.choices[0].message.reasoning_content;
  const text = textOf(c, whole);
  check(thoughts && whole.usage.completion_tokens_details.reasoning_tokens > 0, whole);
  const chunks = await all(await c.ask("Hi", { ...more, stream: true }));
  equal(chunks.map((chunk) => chunk.choices[0].delta.reasoning_content ?? "").join(""), thoughts);
  equal(chunks.map((chunk) => chunk.choices[0].delta.content ?? "").join(""), text);
}

// The signatures that the provider wants back are no matter of this API's, and yet the turn goes on.
async function thinkingWithTools(c) {
  for (const streamed of [false, true]) {
    const ask = { model: c.model, tools: TOOLS, reasoning_effort: "high" };
    const messages = [user("Tell me both")];
    const answer = async () => {
      const request = { ...ask, messages };
      const whole = streamed ? await c.chat.stream(request).finalChatCompletion() : await c.chat.create(request);
      return whole.choices[0].message;
    };
    messages.push(...toolTurn(await answer(), ["fine", "fine"]));
    const last = await answer();
    check(last.content && !last.tool_calls?.length, last);
    messages.at(-1).content = ECHO;
    const echo = arrived(textOf(c, await c.chat.create({ ...ask, messages })), { tool_results: 2, effort: "high" });
    equal(echo.messages.length, 4);
  }
}

async function vision(c) {
  const image = { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } };
  const ask = (text) => c.ask([{ type: "text", text }, image]);
  arrived(textOf(c, await ask(`What is it ${ECHO}`)), { images: 1, files: 0 });
  const text = textOf(c, await ask("What is it"));
  check(text.startsWith("I see 1 images."), text);
}

async function errors(c) {
  const failing = async (kind, sim, status) => {
    const error = await fails(kind, () => c.ask(`Hi [[sim: ${sim}]]`));
    equal(error.status, status);
    check(error.error.message && error.requestID.startsWith("gen_"), error.error);
    const streamed = await fails(kind, () => c.ask(`Hi [[sim: ${sim}]]`, { stream: true }));
    equal(streamed.error, error.error);
    return error;
  };
  const bad = await failing(OpenAI.BadRequestError, "status=400;message=That is bad", 400);
  check(bad.message.includes("That is bad"), bad.message);
  const limited = await failing(OpenAI.RateLimitError, "status=429;retry_after=7", 429);
  equal([limited.headers.get("retry-after"), limited.code], ["7", "rate_limit_exceeded"]);
  await failing(OpenAI.InternalServerError, "status=500", 500);
  await failing(OpenAI.InternalServerError, "status=503", 503);
  await failing(OpenAI.InternalServerError, "status=529", 503);
  await failing(OpenAI.APIError, "status=413", 413);
}

async function errorsOfTheGateway(c) {
  const wrong = new OpenAI({ baseURL: `${c.url}/v1`, apiKey: "sk-wrong", maxRetries: 0 });
  const ask = { model: c.model, messages: [user("Hi")] };
  const unknown = await fails(OpenAI.AuthenticationError, () => wrong.chat.completions.create(ask));
  equal([unknown.status, unknown.code], [401, "invalid_api_key"]);
  const none = await fails(OpenAI.NotFoundError, () => c.ask("Hi", { model: "no-such-model" }));
  equal([none.status, none.code, none.param], [404, "model_not_found", "model"]);
  equal((await fails(OpenAI.APIError, () => c.ask(HUGE))).status, 413);
  equal((await fails(OpenAI.BadRequestError, () => c.ask("Hi", { messages: "Hi" }))).param, "messages");
}

// The gateway tries again by itself where it is told to, and the package does not do it once more.
async function noRetriesBesideTheGateways(c) {
  let count = 0;
  const counting = (...args) => (count++, fetch(...args));
  const client = new OpenAI({ baseURL: `${c.retryingUrl}/v1`, apiKey: c.key, maxRetries: 2, fetch: counting });
  const ask = { model: c.model, messages: [user("Hi [[sim: status=500]]")] };
  await fails(OpenAI.InternalServerError, () => client.chat.completions.create(ask));
  equal(count, 1);
}

async function errorsWithinAStream(c) {
  for (const sim of ["error=4", "cut=6"]) {
    const ask = { model: c.frail, messages: [user(`Hi [[sim: ${sim}]]`)], stream: true };
    let text = "";
    const error = await fails(OpenAI.APIError, async () => {
      for await (const chunk of await c.frailClient.chat.completions.create(ask)) {
        check(!chunk.choices[0]?.finish_reason, "a clean end");
        text += chunk.choices[0]?.delta.content ?? "";
      }
    });
    check(text && error.message, text);
  }
}

async function leaving(c) {
  const ask = { model: c.frail, messages: [user("Hi")], stream: true };
  let text = "";
  for await (const chunk of await c.frailClient.chat.completions.create(ask)) {
    text += chunk.choices[0].delta.content ?? "";
    if (text.length > 20) break;
  }
  c.left();
  const abort = new AbortController();
  const chunks = await c.frailClient.chat.completions.create(ask, { signal: abort.signal });
  for await (const chunk of chunks) {
    if (chunk.choices[0].delta.content) abort.abort();
  }
  c.left();
}

async function atOnce(c) {
  const answers = await Promise.all(Array.from({ length: 16 }, () => c.ask("Hello you")));
  equal(new Set(answers.map((answer) => textOf(c, answer))).size, 1);
}

async function countingTokens() {
  throw new NotOffered();
}

async function models(c) {
  const listed = new Map((await all(c.client.models.list())).map((model) => [model.id, model]));
  check(listed.has(c.model) && listed.has(c.frail) && listed.has("auto"), [...listed.keys()]);
  const one = await c.client.models.retrieve(c.model);
  equal([one.id, one.object, one.owned_by], [c.model, "model", `sim-${c.dialect}`]);
  const none = await fails(OpenAI.NotFoundError, () => c.client.models.retrieve("no-such-model"));
  equal(none.code, "model_not_found");
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
