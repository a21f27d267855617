/** Whether sshd_config reads the drop-ins of its folder, for everybody. */
export function sshdIncludes(config: string): boolean {
  const lines = config.split('\n').map((line) => line.trim());
  const match = lines.findIndex((line) => /^match\b/i.test(line));
  return lines
    .slice(0, match === -1 ? undefined : match)
    .flatMap((line) => /^include[\s=]+(.*)$/i.exec(line)?.[1]?.split(/\s+/) ?? [])
    .map((pattern) => pattern.replaceAll('"', ''))
    .some((pattern) => /^(\/etc\/ssh\/)?sshd_config\.d\/\*(\.conf)?$/.test(pattern));
}

export function sudoersIncludes(sudoers: string): boolean {
  return /^[#@]includedir\s+("?)\/etc\/sudoers\.d\/?\1\s*$/m.test(sudoers);
}
