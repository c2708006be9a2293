/**
 * Installs what `package-lock.json` asks for, when it is not there yet. Runs before `npm start` and `npm test`, on whatever
 * Node the machine has (18 or newer); the scripts after it find the Node 24 that this installs.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** @param {string} path @returns {Record<string, { version?: string, integrity?: string, optional?: boolean }>} */
const packagesOf = (path) => (existsSync(root + path) ? JSON.parse(readFileSync(root + path, 'utf8')).packages : {})

/** Compares by content, because a checkout may change the time of a file and nothing else. */
function isInstalled() {
  const { '': _root, ...wanted } = packagesOf('package-lock.json')
  const present = packagesOf('node_modules/.package-lock.json')
  const isThere = (/** @type {string} */ path) =>
    present[path]?.version === wanted[path]?.version && present[path]?.integrity === wanted[path]?.integrity
  return (
    Object.keys(wanted).every((path) => isThere(path) || (wanted[path]?.optional && !present[path])) &&
    Object.keys(present).every((path) => path in wanted)
  )
}

if (!isInstalled()) {
  // Warnings would be about the Node that the machine has, which is not the one that the project runs on.
  console.log('Installing dependencies (npm ci) ...')
  const begin = Date.now()
  const { status } = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
  console.log(`Installed in ${Math.round((Date.now() - begin) / 1000)} s.`)
}

const isOld = Number(process.versions.node.split('.')[0]) < 24
if (isOld && !['node', 'node.exe'].some((name) => existsSync(`${root}node_modules/node/bin/${name}`))) {
  console.error('Node 24 is missing: npm did not run the install script of the package `node` (is `ignore-scripts` set?).')
  console.error('Install Node 24 yourself, or run `npm rebuild node --ignore-scripts=false`.')
  process.exit(1)
}
