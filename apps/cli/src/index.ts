export { createCore, type Running, type RunOptions, run } from './compose.ts'
export { type Config, type Credentials, readConfig } from './config.ts'
