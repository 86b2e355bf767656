// Google's package over each provider.

import { ApiError, GoogleGenAI } from "@google/genai";

import * as matrix from "./matrix.mjs";
import { ECHO, HUGE, NotOffered, PERSON, PNG, STOPS, SYSTEM, TOOL_NAMES, all, arrived, check, equal, fails } from "./matrix.mjs";

const declared = (form) => [
  { functionDeclarations: matrix.TOOLS.map(([name, description, schema]) => ({ name, description, ...form(schema) })) },
];
const TOOLS = declared((schema) => ({ parametersJsonSchema: schema }));
// The same in the form that Google had first.
const OPEN_API_TOOLS = declared((schema) => ({ parameters: openApi(schema) }));

function openApi({ properties, required }) {
  const upper = Object.entries(properties).map(([name, one]) => [name, { type: one.type.toUpperCase() }]);
  return { type: "OBJECT", properties: Object.fromEntries(upper), required };
}

const client = (apiKey, baseUrl) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl } });

function prepare(c) {
  c.client = client(c.key, c.url);
  c.frailClient = client(c.frailKey, c.url);
  const request = (contents, { model = c.model, ...config }) => ({ model, contents, config });
  c.ask = (contents, config = {}) => c.client.models.generateContent(request(contents, config));
  c.streamed = async (contents, config = {}) => all(await c.client.models.generateContentStream(request(contents, config)));
  c.tell = (usage) => {
    const thoughts = usage.thoughtsTokenCount;
    const completion = (usage.candidatesTokenCount ?? 0) + (thoughts ?? 0);
    equal(usage.totalTokenCount, usage.promptTokenCount + completion);
    c.used(usage.promptTokenCount, usage.cachedContentTokenCount ?? 0, completion, thoughts);
  };
}

// The parts of one answer, or of all chunks of one.
function partsOf(answers) {
  return [answers].flat().flatMap((answer) => answer.candidates?.[0]?.content?.parts ?? []);
}

function text(answers, thought = false) {
  return partsOf(answers).filter((part) => part.text && Boolean(part.thought) === thought).map((part) => part.text).join("");
}

// The text of an answer that ended well.
function textOf(c, answers) {
  const last = [answers].flat().at(-1);
  equal(last.candidates[0].finishReason, "STOP");
  c.tell(last.usageMetadata);
  return text(answers);
}

const body = (error) => JSON.parse(error.message).error;

// Whether an error says that this field is at fault.
async function names(field, call) {
  const error = await fails(ApiError, call);
  const { status, details } = body(error);
  equal([error.status, status], [400, "INVALID_ARGUMENT"]);
  equal(details.flatMap((detail) => detail.fieldViolations ?? []).map((one) => one.field), [field]);
}

async function create(c) {
  const answer = await c.ask(`Hi ${ECHO}`, { systemInstruction: SYSTEM, temperature: 0.5, maxOutputTokens: 900, stopSequences: STOPS });
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
  equal([answer.candidates[0].content.role, answer.modelVersion], ["model", c.model]);
  check(answer.responseId && !answer.functionCalls, answer);
}

async function conversation(c) {
  const chat = c.client.chats.create({ model: c.model, config: { systemInstruction: SYSTEM } });
  const first = textOf(c, await chat.sendMessage({ message: "Höre 🚀" }));
  const echo = arrived(textOf(c, await chat.sendMessage({ message: ECHO })), { system: SYSTEM });
  equal(echo.messages.map((said) => said.text), ["Höre 🚀", first, ECHO]);
  equal(echo.messages.map((said) => said.role), ["user", "assistant", "user"]);
}

async function choices(c) {
  if (c.dialect === "anthropic") {
    await names("generationConfig.candidateCount", () => c.ask("Hi", { candidateCount: 2 }));
    return;
  }
  const answer = await c.ask("Hi", { candidateCount: 2 });
  equal(answer.candidates.map((one) => one.index ?? 0), [0, 1]);
  check(answer.candidates.every((one) => one.content.parts[0].text), answer);
  c.tell(answer.usageMetadata);
}

async function whatCannotBeSaid(c) {
  if (c.dialect === "openai") {
    await names("generationConfig.topK", () => c.ask("Hi", { topK: 40 }));
  } else {
    arrived(textOf(c, await c.ask(ECHO, { topK: 40 })), { sampling: { top_k: 40 } });
  }
}

async function stream(c) {
  const whole = textOf(c, await c.ask("Hello you"));
  const chunks = await c.streamed("Hello you");
  equal(textOf(c, chunks), whole);
  check(chunks.length > 3, chunks.length);
  equal([...new Set(chunks.map((chunk) => chunk.responseId))].length, 1);
  equal([...new Set(chunks.map((chunk) => chunk.modelVersion))], [c.model]);
  check(chunks.slice(0, -1).every((chunk) => !chunk.candidates[0].finishReason), chunks);
}

async function ends(c) {
  for (const answer of [await c.ask("Hi [[sim: length=5]]"), (await c.streamed("Hi", { maxOutputTokens: 6 })).at(-1)]) {
    equal(answer.candidates[0].finishReason, "MAX_TOKENS");
    c.tell(answer.usageMetadata);
  }
  const said = textOf(c, await c.ask("Hi [[sim: stop]]", { stopSequences: ["END"] }));
  check(said && !said.includes("END"), said);
}

async function refusal(c) {
  for (const answer of [await c.ask("Hi [[sim: refusal]]"), (await c.streamed("Hi [[sim: refusal]]")).at(-1)]) {
    equal(answer.candidates[0].finishReason, "SAFETY");
  }
}

async function citations(c) {
  for (const answer of [[await c.ask("Hi [[sim: citations]]")], await c.streamed("Hi [[sim: citations]]")]) {
    const groundings = answer.map((chunk) => chunk.candidates[0].groundingMetadata).filter(Boolean);
    const [{ groundingChunks: sources, groundingSupports: supports }] = groundings;
    check(sources[0].web.uri && sources[0].web.title && textOf(c, answer), sources);
    equal(supports[0].groundingChunkIndices, [0]);
  }
}

const callsOf = (answers) => partsOf(answers).map((part) => part.functionCall).filter(Boolean);

async function tools(c) {
  for (const tools of [TOOLS, OPEN_API_TOOLS]) {
    const [whole, streamed] = [await c.ask("Tell me both", { tools }), await c.streamed("Tell me both", { tools })];
    for (const answer of [[whole], streamed]) {
      c.tell(answer.at(-1).usageMetadata);
      equal(answer.at(-1).candidates[0].finishReason, "STOP");
      equal(callsOf(answer).map((call) => call.name), TOOL_NAMES);
      const [weather, zone] = callsOf(answer).map((call) => call.args);
      equal([typeof weather.city, Number.isInteger(weather.days), typeof zone.zone], ["string", true, "string"]);
    }
    equal(callsOf(streamed).map((call) => call.args), callsOf(whole).map((call) => call.args));
  }
}

function toolTurn(parts, texts) {
  const calls = parts.map((part) => part.functionCall).filter(Boolean);
  const results = calls.map(({ id, name }, i) => ({ functionResponse: { id, name, response: { output: texts[i] } } }));
  return [{ role: "model", parts }, { role: "user", parts: results }];
}

async function toolResults(c) {
  const contents = [{ role: "user", parts: [{ text: "Tell me both" }] }];
  contents.push(...toolTurn(partsOf(await c.ask(contents, { tools: TOOLS })), ["rain", `noon ${ECHO}`]));
  const echo = arrived(textOf(c, await c.ask(contents, { tools: TOOLS })), { tool_results: 2, tools: TOOL_NAMES });
  const results = echo.messages.filter((said) => said.role === "tool").map((said) => said.text);
  check(results[0].includes("rain") && results[1].includes("noon"), results);
  contents.push({ role: "model", parts: [{ text: "Noon." }] }, { role: "user", parts: [{ text: "And both of tomorrow" }] });
  equal((await c.ask(contents, { tools: TOOLS })).functionCalls.length, 2);
}

async function toolChoice(c) {
  const config = (mode, allowedFunctionNames) => ({
    tools: TOOLS,
    toolConfig: { functionCallingConfig: { mode, allowedFunctionNames } },
  });
  const arrives = async (more) => arrived(textOf(c, await c.ask(ECHO, more))).tool_choice;
  equal(await arrives({ tools: TOOLS }), "auto");
  equal(await arrives(config("ANY")), "required");
  equal(await arrives(config("NONE")), "none");
  equal(await arrives(config("ANY", ["get_time"])), { name: "get_time" });
}

async function oneToolAtATime() {
  throw new NotOffered();
}

async function structured(c) {
  const responseMimeType = "application/json";
  const { title, ...schema } = openApi(PERSON);
  for (const form of [{ responseSchema: schema }, { responseJsonSchema: PERSON }]) {
    const config = { responseMimeType, ...form };
    const person = JSON.parse(textOf(c, await c.ask("Who", config)));
    equal([typeof person.name, Number.isInteger(person.age)], ["string", true]);
    equal(JSON.parse(textOf(c, await c.streamed("Who", config))), person);
    arrived(textOf(c, await c.ask(ECHO, config)), { format: "schema", schema_keys: ["age", "name"] });
  }
}

async function jsonObject(c) {
  const config = { responseMimeType: "application/json" };
  if (c.dialect === "anthropic") {
    await names("generationConfig.responseMimeType", () => c.ask("As JSON", config));
    return;
  }
  arrived(textOf(c, await c.ask(`As JSON ${ECHO}`, config)), { format: "json" });
}

async function thinking(c) {
  const level = { thinkingConfig: { thinkingLevel: "LOW", includeThoughts: true } };
  const budget = { thinkingConfig: { thinkingBudget: 1_024, includeThoughts: true } };
  arrived(textOf(c, await c.ask(ECHO, level)), { effort: "low" });
  for (const config of [level, budget]) {
    const [whole, chunks] = [await c.ask("Hi", config), await c.streamed("Hi", config)];
    equal(textOf(c, chunks), textOf(c, whole));
    check(text(whole, true) && whole.usageMetadata.thoughtsTokenCount > 0, whole);
    equal(text(chunks, true), text(whole, true));
  }
  const hidden = await c.ask("Hi", { thinkingConfig: { thinkingLevel: "LOW" } });
  equal(text(hidden, true), "");
}

// Content goes back as it came, with its signatures.
async function thinkingWithTools(c) {
  const config = { tools: TOOLS, thinkingConfig: { thinkingLevel: "HIGH", includeThoughts: true } };
  for (const streamed of [false, true]) {
    const contents = [{ role: "user", parts: [{ text: "Tell me both" }] }];
    const answer = () => (streamed ? c.streamed(contents, config) : c.ask(contents, config));
    contents.push(...toolTurn(partsOf(await answer()), ["fine", "fine"]));
    const last = await answer();
    check(text(last) && callsOf(last).length === 0, last);
    contents.at(-1).parts[0].functionResponse.response = { output: ECHO };
    const echo = arrived(textOf(c, await c.ask(contents, config)), { tool_results: 2, effort: "high" });
    equal(echo.messages.length, 4);
  }
}

async function vision(c) {
  const image = { inlineData: { mimeType: "image/png", data: PNG } };
  arrived(textOf(c, await c.ask([{ text: `What is it ${ECHO}` }, image])), { images: 1, files: 0 });
  const said = textOf(c, await c.ask([{ text: "What is it" }, image]));
  check(said.startsWith("I see 1 images."), said);
}

async function errors(c) {
  const failing = async (sim, status, word) => {
    const error = await fails(ApiError, () => c.ask(`Hi [[sim: ${sim}]]`));
    equal([error.status, body(error).code, body(error).status], [status, status, word]);
    const streamed = await fails(ApiError, () => c.streamed(`Hi [[sim: ${sim}]]`));
    equal([streamed.status, body(streamed)], [status, body(error)]);
    return body(error);
  };
  const bad = await failing("status=400;message=That is bad", 400, "INVALID_ARGUMENT");
  check(bad.message.includes("That is bad"), bad);
  const limited = await failing("status=429;retry_after=7", 429, "RESOURCE_EXHAUSTED");
  equal(limited.details.map((detail) => detail.retryDelay).filter(Boolean), ["7s"]);
  await failing("status=500", 500, "INTERNAL");
  await failing("status=503", 503, "UNAVAILABLE");
  // A status that Google has not.
  equal((await fails(ApiError, () => c.ask("Hi [[sim: status=529]]"))).status, 503);
  equal((await fails(ApiError, () => c.ask("Hi [[sim: status=413]]"))).status, 413);
}

async function errorsOfTheGateway(c) {
  const wrong = client("sk-wrong", c.url);
  const unknown = await fails(ApiError, () => wrong.models.generateContent({ model: c.model, contents: "Hi" }));
  equal([unknown.status, body(unknown).status], [401, "UNAUTHENTICATED"]);
  const none = await fails(ApiError, () => c.ask("Hi", { model: "no-such-model" }));
  equal([none.status, body(none).status], [404, "NOT_FOUND"]);
  equal((await fails(ApiError, () => c.ask(HUGE))).status, 413);
  const bad = await fails(ApiError, () => c.ask("Hi", { temperature: 7 }));
  equal([bad.status, body(bad).status], [400, "INVALID_ARGUMENT"]);
}

async function noRetriesBesideTheGateways() {
  // The package tries again only where it is told to, and then whatever the answer says.
  throw new NotOffered();
}

async function errorsWithinAStream(c) {
  for (const sim of ["error=4", "cut=6"]) {
    const chunks = [];
    const error = await fails(ApiError, async () => {
      const request = { model: c.frail, contents: `Hi [[sim: ${sim}]]` };
      for await (const chunk of await c.frailClient.models.generateContentStream(request)) chunks.push(chunk);
    });
    check(text(chunks) && error.message && error.status >= 500, [chunks, error.message]);
    check(chunks.every((chunk) => !chunk.candidates[0].finishReason), chunks);
  }
}

async function leaving(c) {
  const abort = new AbortController();
  const request = { model: c.frail, contents: "Hi", config: { abortSignal: abort.signal } };
  let said = "";
  try {
    for await (const chunk of await c.frailClient.models.generateContentStream(request)) {
      said += chunk.text ?? "";
      if (said.length > 20) abort.abort();
    }
  } catch (error) {
    equal(error.name, "AbortError");
  }
  check(abort.signal.aborted && said, said);
  c.left();
}

async function atOnce(c) {
  const answers = await Promise.all(Array.from({ length: 16 }, () => c.ask("Hello you")));
  equal(new Set(answers.map((answer) => textOf(c, answer))).size, 1);
}

async function countingTokens(c) {
  const contents = "How many tokens are these, all in all and one by one";
  const { totalTokens: counted } = await c.client.models.countTokens({ model: c.model, contents });
  const { usageMetadata: usage } = await c.ask(contents);
  c.tell(usage);
  const billed = usage.promptTokenCount;
  // OpenAI's API counts nothing, so the gateway estimates.
  if (c.dialect === "openai") check(billed / 3 < counted && counted < billed * 3, [counted, billed]);
  else equal(counted, billed);
}

async function models(c) {
  // By pages, of which the package asks for one after the other.
  const listed = new Set((await all(await c.client.models.list({ config: { pageSize: 5 } }))).map((model) => model.name));
  for (const name of [c.model, c.frail, "auto"]) check(listed.has(`models/${name}`), [...listed]);
  const one = await c.client.models.get({ model: c.model });
  equal([one.name, one.inputTokenLimit, one.outputTokenLimit], [`models/${c.model}`, 200_000, 32_000]);
  const none = await fails(ApiError, () => c.client.models.get({ model: "no-such-model" }));
  equal([none.status, body(none).status], [404, "NOT_FOUND"]);
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
