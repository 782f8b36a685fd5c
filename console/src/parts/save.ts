/** Saves something as a file of the person. */
export function saveFile(content: BlobPart, name: string, type = "application/octet-stream") {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** A name that every file system takes. */
export function fileName(text: string): string {
  return (
    text
      .replaceAll(/[^\w.-]+/g, "_")
      .replace(/^\.+/, "_")
      .slice(0, 100) || "file"
  );
}
