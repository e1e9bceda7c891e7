import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/*
 * The hub serves what comes of it under a policy that allows no inline script, no inline style without its nonce, and no font but its own. What stands
 * in capitals in index.html it fills in for each response (gateway/console-page.ts), and drops the colour scheme where nobody has chosen one.
 */

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})
