/** What is used of these packages, which have no types. */
declare module '@11ty/eleventy' {
  export class Eleventy {
    constructor(input: string, output: string, options: { quietMode: boolean; config(config: Configuration): void })
    write(): Promise<unknown>
  }

  interface Configuration {
    setTemplateFormats(formats: readonly string[]): void
    addTemplateFormats(format: string): void
    setUseGitIgnore(isUsed: boolean): void
    addPlugin(plugin: unknown, options: object): void
    amendLibrary(name: 'md', amend: (library: never) => void): void
    addTemplate(path: string, content: string, data: object): void
  }
}

declare module '@11ty/eleventy-plugin-syntaxhighlight' {
  const plugin: unknown
  // biome-ignore lint/style/noDefaultExport: it is theirs.
  export default plugin
}
