// @ts-check
/** @type {import('next').NextConfig} */
export default {
  // Loaded from node_modules at run time instead of being built in: one copy for all chunks, and a
  // stack trace that leads to its source. Without this line it works as well.
  serverExternalPackages: ['deepseek-guard'],
}
