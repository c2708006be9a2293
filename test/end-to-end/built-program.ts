import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildProgram } from '../../scripts/build.js'
import { dataFolder } from './data-folder.ts'

const MANIFEST = fileURLToPath(new URL('../../apps/cli/package.json', import.meta.url))

/** The program as it is published, in a folder with nothing else; it goes when the scope that holds it ends. */
export interface BuiltProgram extends AsyncDisposable {
  /** What Node is to run. */
  readonly path: string
}

/** Builds the program. */
export async function builtProgram(): Promise<BuiltProgram> {
  const folder = await dataFolder()
  await buildProgram(join(folder.path, 'dist'))
  // It says that these are ES modules.
  await copyFile(MANIFEST, join(folder.path, 'package.json'))
  return { path: join(folder.path, 'dist/main.js'), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}
