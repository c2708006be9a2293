/**
 * `npm run build`: what is published, from source into the `dist` of each package. Nothing in this repository runs on it but
 * the tests of the packages.
 */
import { chmodSync, cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildSdk } from './build-sdk.js'
import { buildWeb } from './build-web.js'
import { compile, root } from './compile.js'

const packages = ['packages/protocol', 'packages/core', 'packages/adapters', 'packages/server', 'apps/cli']

/**
 * The packages that run on Node, with the web app inside the program.
 * @param {string} to the folder that the packages are in
 */
export async function buildServer(to = root) {
  for (const path of packages) rmSync(join(to, path, 'dist'), { recursive: true, force: true })
  const copy = (/** @type {string} */ folder) => {
    for (const path of packages) cpSync(join(folder, path, 'src'), join(to, path, 'dist'), { recursive: true })
  }
  await Promise.all([compile('tsconfig.build.json', copy), buildWeb()])
  cpSync(join(root, 'apps/web/dist'), join(to, 'apps/cli/dist/web'), { recursive: true })
  chmodSync(join(to, 'apps/cli/dist/main.js'), 0o755)
}

export async function build() {
  await Promise.all([buildSdk(), buildServer()])
}

if (import.meta.main) await build()
