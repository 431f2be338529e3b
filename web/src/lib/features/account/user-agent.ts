/** What a client called itself, in the words a person knows it by. */
export function clientName(agent: string): string {
  const program =
    [
      [/^croft(\/|$)/, 'Croft command line'],
      [/Edg\//, 'Edge'],
      [/OPR\//, 'Opera'],
      [/Firefox\//, 'Firefox'],
      [/Chrome\//, 'Chrome'],
      [/Safari\//, 'Safari'],
      [/^curl\//, 'curl']
    ].find(([pattern]) => (pattern as RegExp).test(agent))?.[1] ?? 'Another program';
  const system = [
    [/iPhone/, 'iPhone'],
    [/iPad/, 'iPad'],
    [/Android/, 'Android'],
    [/Windows/, 'Windows'],
    [/Mac OS X/, 'macOS'],
    [/Linux/, 'Linux']
  ].find(([pattern]) => (pattern as RegExp).test(agent))?.[1];
  return system ? `${program as string} on ${system as string}` : (program as string);
}
