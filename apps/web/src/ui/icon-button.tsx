import type { ReactNode } from 'react'
import { Button, type ButtonProps } from 'react-aria-components/Button'
import { Tooltip, TooltipTrigger } from 'react-aria-components/Tooltip'

/** Tooltips are for the eye alone, and away from what is read out: they say again what the button is called. */
const place = document.getElementById('tooltips')
const PLACE = place ? { UNSTABLE_portalContainer: place } : {}

/** A button with an icon. Its name is read out, and for who sees shown beside it. */
export function IconButton({
  label,
  children,
  className = '',
  ...props
}: Omit<ButtonProps, 'children' | 'className'> & {
  readonly label: string
  readonly children: ReactNode
  readonly className?: string
}) {
  return (
    <TooltipTrigger delay={600}>
      <Button {...props} aria-label={label} className={`icon-button ${className}`}>
        {children}
      </Button>
      <Tooltip className="tooltip" offset={6} {...PLACE}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  )
}
