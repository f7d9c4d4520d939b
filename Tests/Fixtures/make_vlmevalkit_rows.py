"""Writes what VLMEvalKit's own classes make of the tables in benchmark-rows and benchmark-layouts:
evaluation/vlmevalkit.json.

usage: python make_vlmevalkit_rows.py FOLDER_WITH_vlmeval OUT      (PyPI: ms-vlmeval 0.0.20; pandas 3.1.1, pillow)
The package is imported without its models: what it imports beside the data sets is replaced by empty modules.
"""
import importlib.abc
import importlib.machinery
import json
import pathlib
import shutil
import sys
import tempfile
import types

sys.path.insert(0, sys.argv[1])
HERE = pathlib.Path(__file__).parent


class Empty(types.ModuleType):
    """A module that has every name."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *a, **k: None


def package(name, folder):
    module = types.ModuleType(name)
    module.__path__ = [folder]
    module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    sys.modules[name] = module


package("vlmeval", f"{sys.argv[1]}/vlmeval")
package("vlmeval.dataset", f"{sys.argv[1]}/vlmeval/dataset")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes empty modules of the scoring code."""

    def find_spec(self, name, path=None, target=None):
        if name.startswith(("vlmeval.dataset.utils", "vlmeval.utils")):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return Empty(spec.name)

    def exec_module(self, module):
        pass


sys.meta_path.insert(0, Finder())

from vlmeval.dataset.image_base import ImageBaseDataset  # noqa: E402
from vlmeval.dataset.image_mcq import ImageMCQDataset, MMMUDataset  # noqa: E402
from vlmeval.dataset.image_vqa import ImageVQADataset, MathVision, MathVista  # noqa: E402
from vlmeval.dataset.refcoco import RefCOCODataset  # noqa: E402
import os  # noqa: E402
from PIL import Image  # noqa: E402

CLASSES = {
    "MMBench": ImageMCQDataset, "MMStar": ImageMCQDataset, "AI2D": ImageMCQDataset, "MMMU": MMMUDataset,
    "MathVista": MathVista, "MathVision": MathVision, "ChartQA": ImageVQADataset, "RefCOCO": RefCOCODataset,
    "pandas": ImageMCQDataset,
}
rows = {}
for path in sorted([*HERE.glob("benchmark-rows/**/*.tsv"), *HERE.glob("benchmark-layouts/*.tsv")]):
    base = next(value for key, value in CLASSES.items() if path.name.startswith(key))
    root = pathlib.Path(tempfile.mkdtemp())
    os.environ["LMUData"] = str(root)
    name = path.name.removesuffix(".tsv").removesuffix("_local")
    shutil.copy(path, root / f"{name}.tsv")
    if path.name.endswith("_local.tsv"):
        shutil.copytree(path.parent / "images", root / "images")

    class Reader(base):
        """The data set on a file of ours, whose hash is not that of the published one."""
        DATASET_URL = {name: f"{name}.tsv"}
        DATASET_MD5 = {}

        def evaluate(self, *a, **k):
            raise NotImplementedError

    key = str(path.relative_to(HERE))
    try:
        data = Reader(name)
        found = []
        for number in range(len(data)):
            line = data.data.iloc[number]
            parts = []
            for part in data.build_prompt(number):
                if part["type"] == "text":
                    parts.append(part["value"])
                else:
                    # The program itself writes absolute paths into NAME_local.tsv.
                    picture = pathlib.Path(part["value"])
                    if not picture.is_absolute():
                        picture = root / "images" / name / picture
                    image = Image.open(picture).convert("RGB")
                    pixels = [image.getpixel(place) for place in ((0, 0), (image.width - 1, image.height - 1))]
                    parts.append({"size": list(image.size), "corners": pixels})
            found.append({"index": str(line["index"]), "answer": str(line["answer"]), "parts": parts})
        rows[key] = found
        print(key, len(found))
    except Exception as error:  # what the reference cannot read is part of the result
        rows[key] = f"{type(error).__name__}: {error}"
        print(key, rows[key])
pathlib.Path(sys.argv[2]).write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
