import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const SCRIPTS = new URL("../../static/js/", import.meta.url);
const files = readdirSync(SCRIPTS, { recursive: true }).filter((name) => name.endsWith(".js"));
const modules = files.filter((name) => !name.startsWith("entries/"));
const read = (name) => readFileSync(new URL(name, SCRIPTS), "utf8");

test("a module does nothing when it is imported", async () => {
  // There is no document here: whoever touches it throws.
  assert.equal(typeof document, "undefined");
  assert.ok(modules.length > 30);
  for (const name of modules) await import(`voicecms/${name.replace(/\.js$/, "")}`);
});

test("one module talks to the server", () => {
  assert.deepEqual(files.filter((name) => /\bfetch\(|XMLHttpRequest|sendBeacon/.test(read(name))), ["server.js"]);
});

test("one module asks again and again", () => {
  const names = files.filter((name) => /visibilitychange|"online"/.test(read(name)));
  assert.deepEqual(names, ["polling.js"]);
});

test("only entries start anything", () => {
  const calls = files.filter((name) => /^(start|define)\w+\(/m.test(read(name)));
  assert.deepEqual(calls.filter((name) => !name.startsWith("entries/")), []);
  assert.ok(calls.length > 3);
  assert.deepEqual(files.filter((name) => /customElements\.define/.test(read(name))), ["element.js"]);
});

test("files are short, and so are functions", () => {
  for (const name of files) {
    assert.ok(read(name).split("\n").length <= 300, name);
    assert.deepEqual(longFunctions(read(name)), [], name);
  }
});

// The formatting is even: what begins at an indentation ends at the same.
function longFunctions(source) {
  const found = [];
  let begun = [];
  source.split("\n").forEach((line, index) => {
    const indent = line.search(/\S/);
    if (/^\s*(export )?(default )?(async )?(get |set |static )?(function )?[\w#]+\([^;]*\) \{$/.test(line) && !/^\s*(if|for|while|switch|catch)\b/.test(line)) {
      begun.push({ indent, index, name: line.trim() });
    }
    if (!/^\s*\}/.test(line)) return;
    const function_ = begun.find((one) => one.indent === indent);
    if (function_ && index - function_.index + 1 > 30) found.push(function_.name);
    begun = begun.filter((one) => one !== function_);
  });
  return found;
}
