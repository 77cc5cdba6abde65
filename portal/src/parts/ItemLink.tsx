import { Anchor, type AnchorProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { ReactNode } from 'react'

interface PlainAnchorProps extends AnchorProps {
  readonly href?: string
  readonly children?: ReactNode
}

function PlainAnchor(props: PlainAnchorProps): ReactNode {
  return <Anchor component="a" inherit {...props} />
}

/** A link to a page of the portal, which names what it leads to. */
export const ItemLink = createLink(PlainAnchor)
