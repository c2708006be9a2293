/**
 * `npm run build`: what is published, from source into the `dist` of each package. Nothing in this repository runs on that; the
 * tests of the packages build their own. `npm run build:program`: the program alone, for images of containers.
 */
import { chmodSync, cpSync, globSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildSdk } from './build-sdk.js'
import { buildWeb } from './build-web.js'
import { bundleProgram } from './bundle-program.js'
import { compile, root } from './compile.js'

const sdk = 'packages/client'
const program = 'apps/cli'

/** The folders of the packages that are published and run on Node. */
export const serverPackages = globSync('{packages,apps}/*/package.json', { cwd: root })
  .filter((path) => !JSON.parse(readFileSync(join(root, path), 'utf8')).private)
  .map(dirname)
  .filter((path) => path !== sdk)
  .sort()

/**
 * The packages that run on Node, with the program and its web app inside its own. What that package exports is compiled file by file as
 * the others are, since an application has them too, and every class once.
 * @param {string} to the folder that the packages are in
 */
async function buildServer(to) {
  await compile('tsconfig.build.json', (folder) => {
    for (const path of serverPackages) {
      rmSync(join(to, path, 'dist'), { recursive: true, force: true })
      cpSync(join(folder, path, 'src'), join(to, path, 'dist'), { recursive: true })
    }
  })
  await buildProgram(join(to, program, 'dist'))
}

/**
 * The program, whole: this folder runs wherever Node is.
 * @param {string} to the folder that it is in
 */
export async function buildProgram(to) {
  await Promise.all([bundleProgram(to), buildWeb(join(to, 'web'))])
  chmodSync(join(to, 'main.js'), 0o755)
}

/**
 * All that is published.
 * @param {string} [to] the folder that the packages are in
 */
export async function build(to = root) {
  await Promise.all([buildSdk(join(to, sdk, 'dist')), buildServer(to)])
}

if (import.meta.main) await (process.argv[2] === 'program' ? buildProgram(join(root, program, 'dist')) : build())
