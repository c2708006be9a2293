import ts from '@typescript/typescript6'

/**
 * What the types of a package say, by name: an export (`Client`), a member of it (`Client.user`, static: `Client::create`) or an event
 * (`Client on initialized`), and its type. Members that begin with `_` are the package's own; of what is inherited the name counts.
 */
export type Surface = ReadonlyMap<string, string>

/**
 * In what two surfaces differ, a line each. Of an export that only one of them has, the members are left out.
 *
 * @returns lines like `Conversation.state: ConversationState | undefined → ConversationState`
 */
export function differencesOf(before: Surface, after: Surface): string[] {
  const ownerOf = (name: string) => name.split(/[.: ]/, 1)[0] ?? name
  const isCompared = (name: string) => ownerOf(name) === name || (before.has(ownerOf(name)) && after.has(ownerOf(name)))
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => isCompared(name) && before.get(name) !== after.get(name))
    .map((name) => {
      if (!before.has(name)) return `${name}: added`
      return after.has(name) ? `${name}: ${before.get(name)} → ${after.get(name)}` : `${name}: absent`
    })
    .sort()
}

const PLAIN = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope

/**
 * Reads declarations.
 *
 * @param path of the file that exports everything
 * @param besides types that are given to applications and may not be exported
 */
export function surfaceOf(path: string, besides: readonly string[] = []): Surface {
  const program = ts.createProgram([path], {
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: ['node'],
    strict: true,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    module: ts.ModuleKind.ESNext,
    skipLibCheck: true,
  })
  const file = program.getSourceFile(path)
  const checker = program.getTypeChecker()
  const module = file && checker.getSymbolAtLocation(file)
  if (!module) throw new Error(`unable to read ${path}`)
  const reader = new Reader(checker)
  const inside = checker.getSymbolsInScope(file, ts.SymbolFlags.Interface).filter(({ name }) => besides.includes(name))
  for (const symbol of [...inside, ...checker.getExportsOfModule(module)]) reader.read(symbol)
  return reader.surface
}

class Reader {
  readonly surface = new Map<string, string>()
  readonly #checker: ts.TypeChecker

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker
  }

  read(exported: ts.Symbol): void {
    const { name } = exported
    if (name === 'default') {
      this.surface.set(name, this.#checker.getAliasedSymbol(exported).name)
      return
    }
    const symbol = exported.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(exported) : exported
    const isClass = (symbol.flags & ts.SymbolFlags.Class) !== 0
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol)
    const isAlternatives = type.isUnion() || (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0
    this.surface.set(name, isClass ? 'class' : isAlternatives ? this.#text(type, ts.TypeFormatFlags.InTypeAlias) : 'type')
    if (isClass) this.#statics(name, symbol)
    if (!isAlternatives && !this.#checker.isArrayType(type)) this.#members(name, type)
    if (isClass) this.#events(name, type as ts.InterfaceType)
  }

  #statics(name: string, symbol: ts.Symbol): void {
    for (const member of this.#checker.getPropertiesOfType(this.#checker.getTypeOfSymbol(symbol))) {
      if (this.#isPublic(member) && !isInherited(member)) this.surface.set(`${name}::${member.name}`, this.#typeOf(member))
    }
  }

  #members(name: string, type: ts.Type): void {
    for (const member of this.#checker.getPropertiesOfType(type)) {
      if (this.#isPublic(member))
        this.surface.set(`${name}.${member.name}`, isInherited(member) ? 'inherited' : this.#typeOf(member))
    }
  }

  /** What the emitter is of that a class extends. */
  #events(name: string, type: ts.InterfaceType): void {
    const [base] = this.#checker.getBaseTypes(type)
    const [events] = base ? this.#checker.getTypeArguments(base as ts.TypeReference) : []
    if (!events || name === 'CancellablePromise') return
    for (const event of this.#checker.getPropertiesOfType(events))
      this.surface.set(`${name} on ${event.name}`, this.#payload(event))
  }

  /** An event is declared by its listener, or by what it tells. */
  #payload(event: ts.Symbol): string {
    const type = this.#checker.getTypeOfSymbol(event)
    const [listener] = type.getCallSignatures()
    const told = listener ? listener.parameters.map((parameter) => this.#checker.getTypeOfSymbol(parameter)) : [type]
    return told.map((each) => this.#shape(each)).join() || 'undefined'
  }

  /** An object that has no name by what is in it, so that a name makes no difference. */
  #shape(type: ts.Type): string {
    const text = this.#text(type)
    const isNameless = text.startsWith('{') || /(Event|EventArgs|ConnectionError)$/.test(text)
    if (!isNameless) return text
    return `{ ${this.#checker
      .getPropertiesOfType(type)
      .map((member) => `${member.name}: ${this.#shape(this.#checker.getTypeOfSymbol(member))}`)
      .sort()
      .join('; ')} }`
  }

  #typeOf(member: ts.Symbol): string {
    const type = this.#checker.getTypeOfSymbol(member)
    const optional = member.flags & ts.SymbolFlags.Optional ? '?' : ''
    const [call] = type.getCallSignatures()
    return optional + (call ? this.#signature(call) : this.#text(type))
  }

  /** Names of parameters make no difference. */
  #signature(signature: ts.Signature): string {
    const parameters = signature.parameters.map((parameter) => {
      const declared = parameter.valueDeclaration as ts.ParameterDeclaration | undefined
      const isOptional = declared !== undefined && (declared.questionToken ?? declared.initializer) !== undefined
      return this.#text(this.#checker.getTypeOfSymbol(parameter)) + (isOptional ? '?' : '')
    })
    return `(${parameters.join(', ')}) => ${this.#text(signature.getReturnType())}`
  }

  #text(type: ts.Type, flags = 0): string {
    const text = this.#checker.typeToString(type, undefined, PLAIN | flags)
    const plain = text.replace(/\bArray<(\w+)>/g, '$1[]').replace(/\$\d/g, '')
    return /[(<{]/.test(plain) ? plain : plain.split(' | ').sort().join(' | ')
  }

  #isPublic(member: ts.Symbol): boolean {
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected
    const isHidden = member.declarations?.some((each) => ts.getCombinedModifierFlags(each) & hidden)
    return !isHidden && !/^(_|#|prototype$)/.test(member.name)
  }
}

/** Declared by the emitter that a class extends, or by the language. */
function isInherited(member: ts.Symbol): boolean {
  return (member.declarations ?? []).some((declaration) => {
    const { name } = declaration.parent as { name?: ts.Identifier }
    if (/@types.node/.test(declaration.getSourceFile().fileName)) return true
    return (
      name !== undefined &&
      /^(EventEmitter|ReplayEventEmitter|Emitter|Promise|PromiseConstructor|Error|Function)$/.test(name.text)
    )
  })
}
