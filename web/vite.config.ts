import { defineConfig } from 'vite';

export default defineConfig({
  base: '/playground/',
  build: {
    chunkSizeWarningLimit: 4096, // kB: the editor is large
    license: { fileName: 'assets/licenses.md' },
    rolldownOptions: {
      onLog(level, log, report) {
        // "use client" and "use no memo" in the packages mean nothing here.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
});
