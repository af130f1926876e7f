FROM python:3.11-slim

WORKDIR /app
COPY requirements.txt .
# Where PyTorch keeps its CPU builds, which are far smaller; its page "Get Started" names the address.
ARG TORCH_INDEX=
RUN pip install --no-cache-dir ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} -r requirements.txt
COPY . .

RUN useradd --create-home app && mkdir /runs && chown app /runs
USER app
ENV RUNS_FOLDER=/runs
VOLUME /runs
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://localhost:8501/health', timeout=4)"]
CMD ["streamlit", "run", "app.py", "--server.headless=true", "--server.address=0.0.0.0", "--server.port=8501"]
