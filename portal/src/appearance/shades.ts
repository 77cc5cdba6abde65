import type { MantineColorsTuple } from '@mantine/core'

/** How much white, or below zero black, each of the ten shades has. */
const mixtures = [0.93, 0.85, 0.7, 0.52, 0.34, 0.16, 0, -0.12, -0.25, -0.4]

/** Ten shades of a color, from light to dark; the seventh is the color itself. */
export function shadesOf(color: string): MantineColorsTuple {
  const channels = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
  const shades = mixtures.map((share) => {
    const target = share > 0 ? 255 : 0
    const mixed = channels.map((channel) => Math.round(channel + (target - channel) * Math.abs(share)))
    return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
  })
  return shades as unknown as MantineColorsTuple
}
