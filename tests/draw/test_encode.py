import io

from PIL import Image

from cnnviz.draw.encode import encode


def test_texts_go_along_whatever_a_file_is_called():
    file = io.BytesIO()
    texts = {"Title": "plain", "Description": "照片 bad\udcff.png\nsecond line \x1b[2J", "cnnviz": '{"version": 1}'}
    encode(Image.new("RGB", (4, 3), (1, 2, 3)), file, texts)
    with Image.open(file) as image:
        assert image.text == texts | {"Description": "照片 bad\\xff.png\nsecond line \\x1b[2J"}
        assert image.getpixel((0, 0)) == (1, 2, 3)
