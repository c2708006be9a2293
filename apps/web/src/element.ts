/** What an element is made with: properties of it, and `class` and `data-…`/`aria-…` attributes. */
type Properties = Record<string, unknown>

/**
 * Makes an element. Texts become text nodes, so that what somebody wrote can never run.
 *
 * @param name the tag
 * @param properties properties and listeners (`onclick`, …); names with a dash and `class` are attributes
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Properties = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'class' || key.includes('-')) made.setAttribute(key, String(value))
    else Object.assign(made, { [key]: value })
  }
  made.append(...children)
  return made
}
