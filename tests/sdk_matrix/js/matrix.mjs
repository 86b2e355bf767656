// What the scripts of checks share: who is called, what is asked, and how is told what came of it.
//
// Lines on standard output have fields between tabs: `ok`, `none` (not offered by this API) or `failed` with cell and
// check; `used` with what a call is said to have used; `left` for a stream that was left.

import { crc32, deflateSync } from "node:zlib";

export const SYSTEM = "Be brief.";
export const ECHO = "[[sim: echo]]";
export const STOPS = ["END", "FIN"];

const WEATHER = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer" } },
  required: ["city", "days"],
};
const ZONE = { type: "object", properties: { zone: { type: "string" } }, required: ["zone"] };
export const TOOLS = [
  ["get_weather", "The weather in a city", WEATHER],
  ["get_time", "The time in a zone", ZONE],
];
export const TOOL_NAMES = ["get_weather", "get_time"];

export const PERSON = {
  type: "object",
  title: "Person",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};

// A picture of one red dot.
export const PNG = dot().toString("base64");
// More than the gateway takes.
export const HUGE = "x".repeat(1_500_000);

function dot() {
  const number = (n) => Buffer.from([n >>> 24, n >>> 16, n >>> 8, n]);
  const chunk = (kind, data) => {
    const named = Buffer.concat([Buffer.from(kind), data]);
    return Buffer.concat([number(data.length), named, number(sum(named))]);
  };
  const head = Buffer.concat([number(1), number(1), Buffer.from([8, 2, 0, 0, 0])]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(Buffer.from([0, 255, 0, 0]))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

// Node has a function for it since 20.15 only.
function sum(data) {
  if (crc32) return crc32(data);
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

export class NotOffered extends Error {}

function say(...fields) {
  const line = fields.map((field) => String(field).split(/\s+/).join(" ")).join("\t");
  process.stdout.write(`${line}\n`);
}

export function check(holds, what) {
  if (!holds) throw new Error(`it does not hold: ${JSON.stringify(what)}`);
}

export function equal(got, wanted, what = "") {
  const [left, right] = [JSON.stringify(sorted(got)), JSON.stringify(sorted(wanted))];
  if (left !== right) throw new Error(`${what} ${left} instead of ${right}`);
}

// The order of members says nothing.
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
}

// Holds what reached the provider against what was meant.
export function arrived(text, wanted = {}) {
  let echo;
  try {
    echo = JSON.parse(text);
  } catch {
    throw new Error(`no echo: ${JSON.stringify(text)}`);
  }
  for (const [name, value] of Object.entries(wanted)) equal(echo[name], value, name);
  return echo;
}

// The error of just this class that a call ends with.
export async function fails(kind, call) {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    if (error.constructor !== kind) {
      throw new Error(`${error.constructor.name} instead of ${kind.name}: ${error.message}`);
    }
    return error;
  }
  throw new Error(`no ${kind.name} but ${JSON.stringify(answer).slice(0, 300)}`);
}

export async function all(items) {
  const list = [];
  for await (const item of items) list.push(item);
  return list;
}

class Cell {
  constructor(url, retryingUrl, told) {
    Object.assign(this, { url, retryingUrl });
    [this.dialect, this.name] = told.split("=");
    [this.model, this.frail] = [this.name, `${this.name}-frail`];
    [this.key, this.frailKey] = [`sk-${this.model}`, `sk-${this.frail}`];
  }

  // Tells what a call used, which must stand on the provider's bill.
  used(prompt, cached, completion, reasoning) {
    say("used", this.name, prompt, cached, completion, reasoning ?? "?");
  }

  left() {
    say("left", this.name);
  }
}

// Makes all checks over each provider.
export async function run(prepare, checks) {
  const [url, retryingUrl, ...cells] = process.argv.slice(2);
  const column = async (told) => {
    const cell = new Cell(url, retryingUrl, told);
    prepare(cell);
    for (const one of checks) {
      const name = one.name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
      try {
        await one(cell);
        say("ok", cell.name, name);
      } catch (error) {
        if (error instanceof NotOffered) {
          say("none", cell.name, name);
        } else {
          const own = error.stack?.split("\n").find((line) => /\/(openai|anthropic|google)\.mjs:/.test(line) && !line.includes("node_modules"));
          const line = own?.match(/mjs:(\d+)/)?.[1];
          say("failed", cell.name, name, `line ${line}: ${error.constructor.name}: ${error.message}`.slice(0, 1500));
        }
      }
    }
  };
  await Promise.all(cells.map(column));
}
