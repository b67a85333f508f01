"""The local API: who may ask, what is answered, and how it is kept ready. Listens, and asks nobody.

What it reads and whom it tells to change something comes by argument (ports.py).
"""
