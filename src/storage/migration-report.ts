/** What bringing a store to this version's schema did. */
export interface MigrationReport {
  readonly from: number
  readonly to: number
  /** Names of the migrations that were applied now. */
  readonly applied: readonly string[]
}
