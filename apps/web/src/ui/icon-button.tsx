import type { ReactNode } from 'react'
import { Button, type ButtonProps } from 'react-aria-components/Button'
import { Tooltip, TooltipTrigger } from 'react-aria-components/Tooltip'

/** A button with an icon, whose name is read out and shown beside it. */
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
      <Tooltip className="tooltip" offset={6}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  )
}
