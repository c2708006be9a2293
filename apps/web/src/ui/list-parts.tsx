import type { ComponentProps } from 'react'
import type { ItemProps } from 'react-virtuoso'

/**
 * What a virtual list is made of. It places its elements itself, and so that they can be read as a list they say what they are.
 *
 * @param label the name of the list
 */
export function listParts(label: string) {
  return {
    // biome-ignore lint/a11y/useSemanticElements: the virtual list measures and places these elements as blocks.
    List: (props: ComponentProps<'div'>) => <div {...props} role="list" aria-label={label} />,
    // biome-ignore lint/a11y/useSemanticElements: the same.
    Item: ({ item: _, ...props }: ItemProps<unknown>) => <div {...props} role="listitem" />,
  }
}
