/** @returns the endpoint's secret, from what an example's subscribing program printed */
export function printedSecret(printed: string): string {
  return printed.trim().replace('WEBHOOK_SECRET=', '')
}
