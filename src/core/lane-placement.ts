import { hash53 } from '#lib/hash53.ts'

/**
 * Which of the nodes should own a lane, by rendezvous hashing: each node is weighed against the lane and the heaviest
 * has it, so that a node that comes or goes moves only its own share of the lanes.
 *
 * @param nodes not empty
 */
export function preferredNode(endpointId: string, nodes: readonly number[]): number {
  let preferred = nodes[0] ?? 0
  let heaviest = -1
  for (const node of nodes) {
    const weight = hash53(`${endpointId} ${node}`)
    if (weight <= heaviest) continue
    heaviest = weight
    preferred = node
  }
  return preferred
}
