// Compiles src/**/*.sol into artifacts/<Name>.json.
//   node build.mjs           writes the artifacts
//   node build.mjs --check   compares them with a fresh compilation; one line per difference, exit 1
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const HERE = dirname(fileURLToPath(import.meta.url));
const ARTIFACTS = join(HERE, "artifacts");

// cancun: OpenZeppelin 5.7's Bytes and Arrays, which ERC-721 and ERC-1155 import, use MCOPY (EIP-5656).
// bytecodeHash none: without the metadata hash, moving a comment does not change the bytecode.
const SETTINGS = {
  evmVersion: "cancun",
  metadata: { bytecodeHash: "none" },
  optimizer: { enabled: true, runs: 200 },
};

function readSources() {
  const paths = readdirSync(join(HERE, "src"), { recursive: true }).filter((path) => path.endsWith(".sol"));
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(HERE, "src", path), "utf8")]));
}

function readImport(path) {
  try {
    return { contents: readFileSync(join(HERE, "node_modules", path), "utf8") };
  } catch {
    return { error: `${path} is not installed: run npm ci in ${basename(HERE)}/` };
  }
}

function compile(sources) {
  const outputs = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"];
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(sources).map(([path, content]) => [path, { content }])),
    settings: { ...SETTINGS, outputSelection: { "*": { "*": outputs } } },
  };
  const { errors = [], contracts } = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
  // A warning stops the build too: nobody reads the warnings of a build that passes.
  if (errors.length) fail(errors.map((error) => error.formattedMessage.trim()));
  return contracts;
}

// File Name.sol holds exactly one contract, Name; its artifact is Name.json.
function artifact(path, source, contracts) {
  const contractName = basename(path, ".sol");
  const { abi, evm } = contracts[path][contractName];
  return {
    contractName,
    abi,
    bytecode: "0x" + evm.bytecode.object,
    deployedBytecode: "0x" + evm.deployedBytecode.object,
    settings: SETTINGS,
    solcVersion: solc.version(),
    sourceSha256: createHash("sha256").update(source).digest("hex"),
  };
}

// The same artifact always has the same bytes.
function serialize(value) {
  return JSON.stringify(value, sortKeys, 2) + "\n";
}

function sortKeys(_, value) {
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  return isObject ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}

function build() {
  const sources = readSources();
  const contracts = compile(sources);
  const made = Object.entries(sources).map(([path, source]) => artifact(path, source, contracts));
  return new Map(made.map((value) => [`${value.contractName}.json`, value]));
}

function write(built) {
  rmSync(ARTIFACTS, { recursive: true, force: true });
  mkdirSync(ARTIFACTS);
  for (const [file, value] of built) writeFileSync(join(ARTIFACTS, file), serialize(value));
  console.log(`${built.size} artifacts written`);
}

function check(built) {
  const committed = new Map(readdirSync(ARTIFACTS).map((file) => [file, readFileSync(join(ARTIFACTS, file), "utf8")]));
  const files = [...new Set([...built.keys(), ...committed.keys()])].sort();
  const lines = files.flatMap((file) => differences(file, built.get(file), committed.get(file)));
  if (lines.length) fail(lines);
  console.log(`${built.size} artifacts are up to date`);
}

function differences(file, value, text) {
  if (value === undefined) return [`${file}: has no source`];
  if (text === undefined) return [`${file}: missing`];
  if (text === serialize(value)) return [];
  const found = JSON.parse(text);
  const keys = [...new Set([...Object.keys(value), ...Object.keys(found)])].sort();
  const changed = keys.filter((key) => serialize(value[key] ?? null) !== serialize(found[key] ?? null));
  return changed.length ? changed.map((key) => `${file}: ${key} differs`) : [`${file}: layout differs`];
}

function fail(lines) {
  for (const line of lines) console.error(line);
  process.exit(1);
}

const built = build();
process.argv.includes("--check") ? check(built) : write(built);
