/**
 * Runs the compiler with one of the configurations at the root. It does not check types: `npm run check` does.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const compiler = join(root, 'node_modules/typescript/bin/tsc')

/**
 * Compiles into a folder of its own, which is gone afterwards.
 * @param {string} config the name of a file at the root
 * @param {(folder: string) => void | Promise<void>} use what to do with the folder, where files have the paths that they have below the root
 */
export async function compile(config, use) {
  const folder = mkdtempSync(join(tmpdir(), 'conversa-build-'))
  try {
    const child = spawn(process.execPath, [compiler, '-p', join(root, config), '--outDir', folder], { stdio: 'inherit' })
    const code = await new Promise((resolve) => child.on('close', resolve))
    if (code !== 0) throw new Error(`unable to compile ${config}: see above`)
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
