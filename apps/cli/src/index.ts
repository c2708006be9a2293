export { type CoreParts, createCore, createHooks, type Running, type RunOptions, run } from './compose.ts'
export { type Config, type Credentials, readConfig } from './config.ts'
