/** What a look at one thing came to. */
export interface Finding {
  /** What was looked at. */
  readonly check: string
  /** Fine; better mended; or the server does not start or does not work. */
  readonly level: 'fine' | 'warning' | 'fault'
  /** What is the case. It repeats no secret. */
  readonly message: string
  /** How it is mended. */
  readonly mend?: string
}

export const fine = (check: string, message: string): Finding => ({ check, level: 'fine', message })

export const warning = (check: string, message: string, mend: string): Finding => ({ check, level: 'warning', message, mend })

export const fault = (check: string, message: string, mend: string): Finding => ({ check, level: 'fault', message, mend })

/** What an error says of itself. */
export const reasonOf = (error: unknown): string => (error as { code?: string }).code ?? (error as Error).message
