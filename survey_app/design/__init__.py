"""Studies before anybody is asked: drafted, reworded, checked, played through, published. Knows no Flask."""
