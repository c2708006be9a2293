import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const execute = promisify(execFile)

/** What matters here of a `package.json`. */
interface Manifest {
  readonly version: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
}

/** What npm would publish of one package. */
export interface Packed {
  readonly name: string
  /** The path of the tarball. */
  readonly tarball: string
  /** The paths inside. */
  readonly files: readonly string[]
  readonly manifest: Manifest
}

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to standard output
 * @throws with all that it wrote when it fails
 */
export async function runProgram(file: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await execute(file, args, { cwd, maxBuffer: 2 ** 26 })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${file} ${args.join(' ')}: ${stderr}\n${stdout}`, { cause: error })
  }
}

/** Packages as they would be published, in a folder of their own: building them leaves the checkout alone. */
export class PackedPackages {
  readonly folder = mkdtempSync(join(tmpdir(), 'conversa-packages-'))

  /**
   * Builds and packs.
   *
   * @param paths the folders of the packages
   * @param build writes into their `dist` below the folder that it gets
   */
  async pack(paths: readonly string[], build: (to: string) => Promise<void>): Promise<readonly Packed[]> {
    const to = join(this.folder, 'source')
    for (const file of ['LICENSE', 'scripts/pack.js']) cpSync(join(ROOT, file), join(to, file))
    for (const path of paths) {
      const copies = readdirSync(join(ROOT, path)).filter((name) => /^(package\.json|.*\.md)$/.test(name))
      for (const name of copies) cpSync(join(ROOT, path, name), join(to, path, name))
    }
    writeFileSync(join(to, 'package.json'), JSON.stringify({ private: true, type: 'module', workspaces: paths }))
    await build(to)
    const output = await runProgram('npm', ['pack', '--workspaces', '--json', '--pack-destination', this.folder], to)
    const packed = JSON.parse(output) as { name: string; filename: string; files: { path: string }[] }[]
    return Promise.all(packed.map((one) => this.#open(one)))
  }

  async #open({ name, filename, files }: { name: string; filename: string; files: { path: string }[] }): Promise<Packed> {
    const tarball = join(this.folder, filename)
    const manifest: Manifest = JSON.parse(await runProgram('tar', ['xzfO', tarball, 'package/package.json'], this.folder))
    return { name, tarball, files: files.map(({ path }) => path).sort(), manifest }
  }

  /**
   * Installs a package without dependencies into a new application, with npm and without a network.
   *
   * @param alias the name that the application knows it under
   * @returns the folder of the application
   */
  async install({ tarball }: Packed, alias: string): Promise<string> {
    const home = join(this.folder, 'applications', alias)
    mkdirSync(home, { recursive: true })
    const dependencies = { [alias]: `file:${tarball}` }
    writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }))
    await runProgram('npm', ['install', '--offline', '--no-audit', '--no-fund', '--no-package-lock'], home)
    return home
  }

  /**
   * Puts packages into the `node_modules` of a new application; what else they depend on is what this repository has.
   *
   * @returns the folder of the application
   */
  async unpack(packed: readonly Packed[]): Promise<string> {
    const home = join(this.folder, 'applications', 'unpacked')
    for (const { name, tarball, manifest } of packed) {
      const target = join(home, 'node_modules', name)
      mkdirSync(target, { recursive: true })
      await runProgram('tar', ['xzf', tarball, '--strip-components=1'], target)
      for (const [command, path] of Object.entries(manifest.bin ?? {}))
        link(join(home, 'node_modules/.bin', command), join(target, path))
      for (const dependency of Object.keys(manifest.dependencies ?? {})) {
        if (packed.some((one) => one.name === dependency)) continue
        link(join(home, 'node_modules', dependency), join(ROOT, 'node_modules', dependency))
      }
    }
    return home
  }

  /**
   * Makes an application what one of the examples is.
   *
   * @param example the folder of the example
   * @param tools what it needs to run besides packages of ours
   */
  furnish(home: string, example: string, tools: readonly string[]): void {
    cpSync(join(ROOT, example), home, { recursive: true, filter: (path) => !path.includes('node_modules') })
    for (const tool of tools) link(join(home, 'node_modules', tool), join(ROOT, 'node_modules', tool))
  }

  /** Removes everything. */
  close(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function link(path: string, target: string): void {
  if (existsSync(path)) return
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}

/** The text of a file that was packed and installed. */
export function installedText(home: string, name: string, path: string): string {
  return readFileSync(join(home, 'node_modules', name, path), 'utf8')
}
