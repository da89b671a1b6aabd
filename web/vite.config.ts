import react from "@vitejs/plugin-react";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vitest/config";

// The build goes where go:embed takes it from and is committed: the same
// sources and lock file give the same bytes.
export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    outDir: "../internal/console/dist",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the policy "default-src 'self'" forbids data: addresses
    target: "es2022",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
  server: {
    proxy: { "/api": { target: process.env.VEDETTE_URL ?? "https://127.0.0.1:8443", secure: false, ws: true } },
  },
  test: { include: ["src/**/*.test.ts"] },
});
