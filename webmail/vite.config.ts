import { defineConfig, type Plugin } from "vite";

/** The names of all files, for the service worker to keep. */
function list(): Plugin {
  return {
    name: "list",
    generateBundle(_, bundle) {
      const names = Object.keys(bundle).filter((name) => name.startsWith("assets/"));
      const source = JSON.stringify([...names.map((name) => `/${name}`), "/icon.svg", "/manifest.webmanifest"]);
      this.emitFile({ type: "asset", fileName: "assets.json", source });
    },
  };
}

// The build goes into the package, where the server finds it; nothing is fetched from elsewhere.
export default defineConfig({
  base: "/",
  plugins: [list()],
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../src/pillarbox/web",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    rollupOptions: {
      input: { index: "index.html", sw: "src/sw/worker.ts" },
      output: {
        entryFileNames: (chunk: { name: string }) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
} as never);
