/** What the variables in a template stand for (rest-and-semantics 1.4). */
export type TemplateValues = Readonly<
  Partial<Record<'CONVERSATION' | 'PARTICIPANT' | 'MESSAGE' | 'MEDIA' | 'MEDIA_COUNT', string>>
>

/** What is said where a service has set nothing else. */
export const TEMPLATES = {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of templates look like this.
  newMessage: '${CONVERSATION};${PARTICIPANT}: ${MESSAGE}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the same.
  withMedia: '${CONVERSATION};${PARTICIPANT}: ${MEDIA}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the same.
  addedToConversation: 'You have been added to the conversation ${CONVERSATION} by ${PARTICIPANT}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the same.
  removedFromConversation: '${PARTICIPANT} has removed you from the conversation ${CONVERSATION}',
} as const

/** Puts values in the place of their variables; what has no value is nothing, and what is no variable stays. */
export function filled(template: string, values: TemplateValues): string {
  return template.replace(
    /\$\{(CONVERSATION|PARTICIPANT|MESSAGE|MEDIA|MEDIA_COUNT)\}/g,
    (_, name) => values[name as keyof TemplateValues] ?? '',
  )
}
