#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'
import { runCommandLine } from '#cli/command-line.ts'

// The heap may triple until it is marked as a whole. By default it is at half as much again: with the few tens of
// megabytes that live long here, twice a second under load, and each time holds up everything for milliseconds.
setFlagsFromString('--heap-growing-percent=200')

await runCommandLine(process.argv)
