/** The name that a conversation is shown under. */
export function titleOf({
  friendlyName,
  uniqueName,
}: {
  readonly friendlyName: string | null
  readonly uniqueName: string | null
}): string {
  return friendlyName || uniqueName || 'Unnamed conversation'
}
