import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The hub writes a nonce of its own into each page in place of the mark. Nothing is inlined into it that a policy would have to allow. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  html: { cspNonce: '__CSP_NONCE__' },
  build: { target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false, chunkSizeWarningLimit: 1_200 },
})
