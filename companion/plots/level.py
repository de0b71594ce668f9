"""The line on which a formula of two numbers is zero, found by Vega as sliders move."""

SIDE = 50  # pairs of triangles along each side of the plane


def zero_line(formula, limit):
    """Transforms that leave the ends of short straight pieces of the line.

    The plane is cut into triangles with a right angle at a and legs to b and c. Where the
    formula changes its sign between corners the line passes, straight and between the two
    edges on which it changes, as far from their corners as a linear formula would be zero.

    Args:
        formula: Makes a Vega expression from those of the two coordinates.
        limit: Both coordinates run from -limit to limit.

    Returns:
        data: The data of a view, one row for each triangle.
        transform: Its transforms; they leave x, y, x2 and y2 of each piece.
    """
    width = 2 * limit / SIDE
    column, row = f"floor(datum.i / 2) % {SIDE}", f"floor(datum.i / {2 * SIDE})"
    corners = {
        "leg": f"{width} * (1 - 2 * (datum.i % 2))",
        "ax": f"{width} * ({column} + datum.i % 2) - {limit}",
        "ay": f"{width} * ({row} + datum.i % 2) - {limit}",
        "a": formula("datum.ax", "datum.ay"),
        "b": formula("datum.ax + datum.leg", "datum.ay"),
        "c": formula("datum.ax", "datum.ay + datum.leg"),
        "to_b": "(datum.a > 0) != (datum.b > 0)",
        "to_c": "(datum.a > 0) != (datum.c > 0)",
    }
    on_ab = "datum.leg * datum.a / (datum.a - datum.b)"
    on_ac = "datum.leg * datum.a / (datum.a - datum.c)"
    on_bc = "datum.leg * datum.b / (datum.b - datum.c)"
    ends = {
        "x": f"datum.ax + (datum.to_b ? {on_ab} : 0)",
        "y": f"datum.ay + (datum.to_b ? 0 : {on_ac})",
        "x2": f"datum.ax + (datum.to_b && datum.to_c ? 0 : datum.leg - {on_bc})",
        "y2": f"datum.ay + (datum.to_b && datum.to_c ? {on_ac} : {on_bc})",
    }
    data = {"sequence": {"start": 0, "stop": 2 * SIDE**2, "as": "i"}}
    passed = {"filter": "datum.to_b || datum.to_c"}
    return data, [*calculated(corners), passed, *calculated(ends)]


def calculated(formulas):
    """Transforms that add a field for each formula, in order.

    Args:
        formulas: Maps a field to a Vega expression.
    """
    return [{"calculate": formula, "as": name} for name, formula in formulas.items()]
