/** How the dashboard is built: hashed files under assets/, each with a compressed twin. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const TEXT = /\.(js|css|svg|json)$/;
const SMALLEST_BYTES = 1024;

/** Writes name.gz and name.br beside every text, so that the server never compresses one. */
function compressed(): Plugin {
  const brotli = promisify(brotliCompress);
  const zip = promisify(gzip);
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  return {
    name: "compressed",
    apply: "build",
    // On the files as they were written: others change them until then.
    async writeBundle({ dir = "dist" }, bundle) {
      const texts = Object.keys(bundle).filter((name) => TEXT.test(name));
      const twins = texts.map(async (name) => {
        const path = join(dir, name);
        const source = await readFile(path);
        if (source.length < SMALLEST_BYTES) return;
        await writeFile(`${path}.br`, await brotli(source, best));
        await writeFile(`${path}.gz`, await zip(source, { level: 9 }));
      });
      await Promise.all(twins);
    },
  };
}

const API = process.env.TELEMETRON_API_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), compressed()],
  build: { target: "es2022", manifest: true, sourcemap: false, reportCompressedSize: false },
  server: {
    proxy: { "/api": API, "/ready": API, "/ws": { target: API, ws: true } },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
  },
});
