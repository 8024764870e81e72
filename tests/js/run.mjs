// Runs all tests of this folder, or the files that are named. A test that is skipped, or that is
// still to be written, is a failure here.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const all = () => readdirSync(here).filter((name) => name.endsWith(".test.mjs")).map((name) => join(here, name));
const files = process.argv.length > 2 ? process.argv.slice(2) : all();

const tests = run({ files, concurrency: true });
tests.on("test:pass", ({ skip, todo, name }) => {
  if (skip === undefined && todo === undefined) return;
  console.error(`Skipped: ${name}`);
  process.exitCode = 1;
});
tests.on("test:fail", () => (process.exitCode = 1));
tests.compose(new spec()).pipe(process.stdout);
