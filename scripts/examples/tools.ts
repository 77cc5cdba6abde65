import { runProgram } from './program.ts'
import { findAlertmanager } from './programs/alertmanager.ts'

/** What an example needs of the system. */
export interface Tool {
  readonly name: string
  /** Debian's. */
  readonly packages: string
  isThere(): Promise<boolean>
}

async function outputOf(...command: readonly [string, ...string[]]): Promise<string | null> {
  try {
    return await runProgram({ command, env: process.env })
  } catch {
    return null
  }
}

const oldestGo = 25

export const python: Tool = {
  name: 'python3 with venv',
  packages: 'python3-venv',
  isThere: async () => (await outputOf('python3', '-c', 'import ensurepip, venv')) !== null,
}

export const maven: Tool = {
  name: 'Maven',
  packages: 'maven',
  isThere: async () => (await outputOf('mvn', '--version')) !== null,
}

export const jdk: Tool = {
  name: 'a JDK, 17 or newer',
  packages: 'default-jdk-headless',
  isThere: async () => (await outputOf('javac', '--version')) !== null,
}

export const go: Tool = {
  name: `Go 1.${oldestGo} or newer`,
  packages: 'golang-go, or https://go.dev/dl where that is older',
  async isThere() {
    const [, minor = '0'] = /^go version go1\.(\d+)/.exec((await outputOf('go', 'version')) ?? '') ?? []
    return Number(minor) >= oldestGo
  },
}

export const alertmanager: Tool = {
  name: 'Alertmanager',
  packages: 'prometheus-alertmanager',
  isThere: async () => (await findAlertmanager().catch(() => null)) !== null,
}
