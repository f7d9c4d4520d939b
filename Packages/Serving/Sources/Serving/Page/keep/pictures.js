// Files that the reader drops, pastes or chooses, as pictures of a message.

/** The most bytes of one picture's file. */
const mostBytes = 32 * 1024 * 1024;

/**
 * Reads a file as a picture. Its bytes stay as they are: the server sees the same file.
 *
 * @param {File} file
 * @returns {Promise<import("../talk/conversation.js").Picture>}
 * @throws {Error} names the file and the reason
 */
export async function pictureFrom(file) {
  const name = file.name || "pasted picture";
  if (!file.type.startsWith("image/")) throw new Error(`${name} is not a picture.`);
  if (file.type === "image/svg+xml") throw new Error(`${name} is a drawing (SVG); models take pictures such as PNG or JPEG.`);
  if (file.size > mostBytes) {
    throw new Error(`${name} has ${Math.ceil(file.size / 2 ** 20)} MB; a picture may have ${mostBytes / 2 ** 20} MB.`);
  }
  const url = await dataURL(file, name);
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    throw new Error(`${name} cannot be shown: the file is damaged, or of a kind that this browser does not know.`);
  }
  return { name, url, width: image.naturalWidth, height: image.naturalHeight };
}

/** The pictures among the things of a drop or a paste. @param {DataTransfer} data @returns {File[]} */
export function filesOf(data) {
  return [...data.files];
}

function dataURL(file, name) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error(`${name} cannot be read.`));
    reader.readAsDataURL(file);
  });
}
