/**
 * A platform of our own: the built binary on free ports, in a directory that goes with it.
 *
 * TELEMETRON_BIN names another binary than the newest that cargo has built here.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const START_MS = 120_000;
const STOP_MS = 30_000;

/** The binary under test. */
export function binary() {
  const built = ["release", "debug"].map((profile) => join(ROOT, "target", profile, "telemetron"));
  const found = built.filter(existsSync).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  const named = process.env.TELEMETRON_BIN ?? found[0];
  if (!named) throw new Error("no binary: run `cargo build -p telemetron`, or name one");
  return named;
}

/** Starts a child; resolves with its first line of output. */
function started(args, env = {}) {
  const child = spawn(binary(), args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = [];
  child.stderr.on("data", (text) => said.push(String(text)));
  const first = new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready:\n${said.join("")}`)), START_MS);
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(late);
      resolve(line);
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code}:\n${said.join("")}`)));
  });
  return { child, first };
}

/** Stops a child by its id and waits until it is gone. */
export async function stopped(child, signal = "SIGINT") {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await gone;
  clearTimeout(late);
}

/** A port that nobody listens on. */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export class Platform {
  /** Starts Kafka, Postgres, consumer and API. */
  static async up() {
    if (!existsSync(join(DIST, "index.html"))) throw new Error("run `npm run build` first");
    const data = mkdtempSync(join(tmpdir(), "telemetron-e2e-"));
    const args = ["up", "--json", "--data-dir", data, "--port", "0", "--kafka-port", "0"];
    for (const protocol of ["grpc", "http"]) args.push(`--otlp-${protocol}-listen`, "127.0.0.1:0");
    const { child, first } = started([...args, "--dashboard-dir", DIST]);
    const platform = new Platform(data, child);
    try {
      const ready = JSON.parse(await first);
      platform.url = ready.api_url;
      platform.kafka = ready.kafka_bootstrap_servers;
    } catch (error) {
      await platform.down();
      throw error;
    }
    return platform;
  }

  constructor(data, child) {
    this.data = data;
    this.child = child;
  }

  /** Stops everything and removes what it left. */
  async down() {
    await stopped(this.child);
    rmSync(this.data, { recursive: true, force: true });
  }

  /** Runs a command of the binary against this platform to its end. */
  async run(...args) {
    const child = spawn(binary(), [...args, "--data-dir", this.data], { stdio: "ignore" });
    const code = await new Promise((resolve) => child.once("exit", resolve));
    if (code !== 0) throw new Error(`telemetron ${args.join(" ")} ended with ${code}`);
  }

  /** Starts a command that goes on until it is stopped. */
  begin(...args) {
    return spawn(binary(), [...args, "--data-dir", this.data], { stdio: "ignore" });
  }

  /** An API process of its own, beside the platform's. */
  api(port) {
    const args = ["api", "--data-dir", this.data, "--server-port", String(port)];
    return spawn(binary(), [...args, "--dashboard-dir", DIST], { stdio: "ignore" });
  }

  /** The process of its own Kafka: the one that was given the settings in its data directory. */
  kafkaProcess() {
    const settings = join(this.data, "kafka", "server.properties");
    const found = readdirSync("/proc").find((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(settings);
      } catch {
        return false; // No process, or one that has just ended.
      }
    });
    if (!found) throw new Error(`no process has ${settings}`);
    return Number(found);
  }

  async get(path) {
    const answer = await fetch(new URL(path, this.url));
    return answer.json();
  }

  async post(path, body) {
    const answer = await fetch(new URL(path, this.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return answer.json();
  }
}

/** Waits until a question has an answer that is wanted; says what it last was. */
export async function eventually(what, ask, wanted = Boolean, patience = 20_000) {
  const deadline = Date.now() + patience;
  let last;
  while (Date.now() < deadline) {
    last = await ask().catch((error) => error);
    if (!(last instanceof Error) && wanted(last)) return last;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(
    `timed out waiting for ${what}; last seen: ${String(JSON.stringify(last) ?? last)}`,
  );
}
