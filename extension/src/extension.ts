import type { ExtensionContext } from 'vscode';

/** Called by VS Code when a folder with a devenv file is opened; the features arrive with the extension's own issue. */
export function activate(_context: ExtensionContext): void {}
