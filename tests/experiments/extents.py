"""What the texts of a figure measure, and which of them are cut off or cover another."""

import itertools

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from village_alliances.experiments import drawing


def texts(figure):
    """Visible texts of a figure with their extents in pixels, as (text, (x0, y0, x1, y1))."""
    with drawing.styled():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        hidden = {id(text) for ax in figure.axes for text in _not_drawn(ax)}
        lines = [
            t
            for t in figure.findobj(matplotlib.text.Text)
            if t.get_visible() and t.get_text().strip() and id(t) not in hidden
        ]
        return [(text.get_text(), text.get_window_extent(renderer).extents) for text in lines]


def _not_drawn(ax):
    """What matplotlib keeps but does not draw: texts of hidden panels, and labels of
    ticks outside the limits."""
    if not ax.get_visible():
        return ax.findobj(matplotlib.text.Text)
    lines = []
    for axis, (low, high) in ((ax.xaxis, sorted(ax.get_xlim())), (ax.yaxis, sorted(ax.get_ylim()))):
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not ax.axison or not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                lines += [tick.label1, tick.label2]
    return lines


def faults_of(figures):
    """Texts that reach out of their figure, and pairs that cover each other."""
    faults = []
    for name, figure in figures.items():
        width, height = figure.bbox.width, figure.bbox.height
        texts_drawn = texts(figure)
        faults += [
            (name, text, box)
            for text, box in texts_drawn
            if box[0] < -1 or box[1] < -1 or box[2] > width + 1 or box[3] > height + 1
        ]
        for (value, a), (other, b) in itertools.combinations(texts_drawn, 2):
            across = min(a[2], b[2]) - max(a[0], b[0])
            down = min(a[3], b[3]) - max(a[1], b[1])
            if across > 1 and down > 0.25 * min(a[3] - a[1], b[3] - b[1]):
                faults.append((name, value, other))
    return faults
