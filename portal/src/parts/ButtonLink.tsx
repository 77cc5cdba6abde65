import { Button, type ButtonProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { ReactNode } from 'react'

interface PlainButtonProps extends ButtonProps {
  readonly href?: string
}

function PlainButton(props: PlainButtonProps): ReactNode {
  return <Button component="a" {...props} />
}

/** A link to a page of the portal that looks like a button. */
export const ButtonLink = createLink(PlainButton)
