/**
 * Takes the API's OpenAPI document, from which the client's types are generated, out of the
 * snapshot that the tests of the API keep; or, with --check, says whether ours is that one.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const SNAPSHOT = here(
  "../../crates/telemetron-api/src/tests/snapshots/" +
    "telemetron_api__tests__documents__the_openapi_document_is_the_one_that_was_agreed.snap",
);
const OURS = here("../openapi.json");

/** A snapshot is a head of YAML between two lines of dashes, then the document. */
const document = readFileSync(SNAPSHOT, "utf8").split(/^---$/m).slice(2).join("---").trim();
const agreed = `${JSON.stringify(JSON.parse(document), null, 2)}\n`;

if (!process.argv.includes("--check")) {
  writeFileSync(OURS, agreed);
} else if (readFileSync(OURS, "utf8") !== agreed) {
  console.error("openapi.json is not the API's document; run `npm run openapi` and build again");
  process.exit(1);
}
